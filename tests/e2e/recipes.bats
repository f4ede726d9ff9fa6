#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The recipes of distributions whose tools are not here: what they name is what the sources have. The OpenWrt package's install
# commands are run, with a rules.mk and a package.mk that stand in for its build system's.

# shellcheck disable=SC2154 # bats sets BATS_TEST_TMPDIR

setup() {
    top=$BATS_TEST_DIRNAME/../..
    version=$(sed -n 's/^VERSION *:= *//p' "$top/Makefile")
}

# libraries COLUMN: the packages of dist/packages.txt that the program is linked to
libraries() {
    awk -v c="$1" '$1 == "build" && $2 ~ /-dev$/ && $2 !~ /^(libc6|linux-libc)-dev$/ { print $c }' "$top/dist/packages.txt"
}

@test "all have the version of the Makefile" {
    grep -qx "pkgver=$version" "$top/dist/arch/PKGBUILD"
    grep -qx "PKG_VERSION:=$version" "$top/dist/openwrt/Makefile"
}

@test "Debian's builds with what dist/packages.txt names" {
    for library in $(libraries 2); do
        grep -q "^ $library,\$" "$top/dist/debian/control" || { echo "$library"; false; }
    done
}

@test "Arch's depends on what dist/packages.txt names" {
    for library in $(libraries 5); do
        grep -Eq "^depends=\(.*\b$library\b" "$top/dist/arch/PKGBUILD" || { echo "$library"; false; }
    done
}

# its names are its own
@test "OpenWrt's depends on as many libraries" {
    local count
    count=$(sed -n '/DEPENDS:=/,/^endef/p' "$top/dist/openwrt/Makefile" | grep -o '+[a-z0-9-]*' | grep -vc kmod)
    # there is no libsystemd; two packages of Debian's are in one there
    [ "$count" -ge $(($(libraries 2 | wc -l) - 1)) ]
}

@test "OpenWrt's install commands find what they install" {
    local root=$BATS_TEST_TMPDIR/root
    mkdir -p "$BATS_TEST_TMPDIR/build/build"
    cp "$NFQROUTE" "$BATS_TEST_TMPDIR/build/build/nfqroute"
    cp -R "$top/dist" "$BATS_TEST_TMPDIR/build"
    cat >"$BATS_TEST_TMPDIR/rules.mk" <<'END'
INSTALL_DIR = install -d
INSTALL_BIN = install -m 755
INSTALL_CONF = install -m 600
INSTALL_DATA = install -m 644
END
    cat >"$BATS_TEST_TMPDIR/package.mk" <<'END'
define BuildPackage
install-it:
	$(call Package/$(1)/install,$(ROOT))
endef
END
    make -s -C "$top/dist/openwrt" TOPDIR="$BATS_TEST_TMPDIR" INCLUDE_DIR="$BATS_TEST_TMPDIR" ROOT="$root" \
        PKG_BUILD_DIR="$BATS_TEST_TMPDIR/build" install-it
    [ -x "$root/usr/sbin/nfqroute" ]
    [ -x "$root/etc/init.d/nfqroute" ]
    [ -s "$root/etc/config/nfqroute" ]
    "$NFQROUTE" check "$root/etc/nfqroute/rules.d"
}
