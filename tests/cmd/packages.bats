# SPDX-License-Identifier: GPL-2.0-or-later
#
# packages.bats - what tests need is there once `make deps` has run: else they are skipped everywhere, and nobody sees it. The recipes
# of distributions whose tools are not here name what the sources have

load ../lib/netns

# programs that tests name by `need`, which names features of the kernel, too
needed() {
    grep -hoE '^ *need(_for_file)? [^|;()"{]+' tests/*/*.bats | sed -E 's/^ *need(_for_file)?//' | tr -s ' ' '\n' | sort -u |
        grep -vxE '|\$.*|.*-queue|tun|users|wireguard|netem|flowtable'
}

@test "each program that a test needs is installed: dist/packages.txt names its package" {
    mapfile -t programs < <(needed)
    [ "${#programs[@]}" -gt 30 ]
    for program in "${programs[@]}"; do
        command -v "$program" || { echo "$program is not there"; false; }
    done
}

teardown() { [ -z "${ARCH-}" ] || rm -r "$ARCH"; }

# --- recipes ----------------------------------------------------------------------------------------------------

TOP=$BATS_TEST_DIRNAME/../..

version() { sed -n 's/^VERSION *:= *//p' "$TOP/Makefile"; }

# libraries COLUMN: the packages of what the daemon is linked with, in dist/packages.txt (2: Debian, 5: Arch)
libraries() {
    awk -v c="$1" '$1 == "build" && $c != "-" && !/gcc|libc6-dev|pkg-config|linux-libc-dev|scdoc/ { print $c }' "$TOP/dist/packages.txt" | sort
}

# pkgbuild NAME: what it has of it, one a line
pkgbuild() { bash -euc ". '$TOP/dist/arch/PKGBUILD'; declare -n list=\$1; printf '%s\n' \"\${list[@]}\"" - "$1"; }

# openwrt VARIABLE: read by make as OpenWrt's build does, whose own part is left out
openwrt() {
    mkdir -p "$BATS_TEST_TMPDIR/openwrt"
    touch "$BATS_TEST_TMPDIR/openwrt/rules.mk" "$BATS_TEST_TMPDIR/openwrt/package.mk"
    cat >"$BATS_TEST_TMPDIR/openwrt/Makefile" <<'END'
BuildPackage = $(eval $(Package/$1))
include $(RECIPE)
print: ; @echo '$(VALUE)'
END
    make -s --no-print-directory -f "$BATS_TEST_TMPDIR/openwrt/Makefile" --warn-undefined-variables print RECIPE="$TOP/dist/openwrt/Makefile" \
        TOPDIR="$BATS_TEST_TMPDIR/openwrt" INCLUDE_DIR="$BATS_TEST_TMPDIR/openwrt" VALUE="\$($1)"
}

@test "the recipe for Arch has the version and depends on all libraries, and makepkg can read it" {
    [ "$(pkgbuild pkgver)" = "$(version)" ]
    [ "$(pkgbuild depends | grep -vx glibc | sort)" = "$(libraries 5)" ]
    [ "$(pkgbuild makedepends | sort | xargs)" = 'pkgconf scdoc' ]
    bash -n "$TOP/dist/arch/nfqroute.install"
    command -v makepkg || skip 'no makepkg'
    ARCH=$(mktemp -d)
    cp "$TOP"/dist/arch/* "$ARCH"
    chown -R nobody "$ARCH" || skip 'makepkg wants another user than root, and there is none'
    cd "$ARCH"
    run setpriv --reuid nobody --clear-groups makepkg --printsrcinfo
    echo "$output"
    [ "$status" = 0 ]
    [[ $output == *"pkgver = $(version)"* ]]
}

@test "the recipe for Debian depends on all libraries" {
    [ "$(sed -n '/^Build-Depends/,/^[A-Z]/s/^ \([a-z0-9-]*\).*/\1/p' "$TOP/dist/debian/control" | grep -vE 'debhelper|pkg-config|scdoc' | sort)" = "$(libraries 2)" ]
}

@test "the recipe for OpenWrt has the version and depends on all libraries; its scripts can be read" {
    [ "$(openwrt PKG_VERSION)" = "$(version)" ]
    # what the same libraries are called there
    [ "$(openwrt DEPENDS | tr ' ' '\n' | sed -n 's/^+//p' | grep -v kmod- | sort)" = "$(libraries 2 | grep -v systemd |
        sed 's/-dev$//; s/-8$//; s/^libjansson$/jansson/; s/^nettle/libnettle/; s/^libmicrohttpd/&-no-ssl/; s/^libnftables/nftables-json/' | sort)" ]
    for file in nfqroute.init nfqroute.config; do sh -n "$TOP/dist/openwrt/files/$file"; done
    grep -q "files/nfqroute.init" "$TOP/dist/openwrt/Makefile"
}

# made VERB: below $BATS_TEST_TMPDIR/root; what is built is there
made() { make -s -C "$TOP" -o "$NFQROUTE" BUILD="$(dirname "$NFQROUTE")" DESTDIR="$BATS_TEST_TMPDIR/root" "$1" >&2; }

@test "make install puts in what make uninstall takes out, but for the rules" {
    command -v scdoc || skip 'no scdoc'
    made install
    [ -x "$BATS_TEST_TMPDIR/root/usr/local/sbin/nfqroute" ]
    [ -s "$BATS_TEST_TMPDIR/root/usr/local/share/man/man8/nfqroute.8" ]
    echo 'udp dport 53 main' >"$BATS_TEST_TMPDIR/root/etc/nfqroute/rules.d/10.rules"
    made uninstall
    [ "$(cd "$BATS_TEST_TMPDIR/root" && find . ! -type d)" = ./etc/nfqroute/rules.d/10.rules ]
}

# its build system's rules.mk and package.mk have stand-ins
@test "OpenWrt's install commands find what they install" {
    local root=$BATS_TEST_TMPDIR/root
    mkdir -p "$BATS_TEST_TMPDIR/build/build"
    cp "$NFQROUTE" "$BATS_TEST_TMPDIR/build/build/nfqroute"
    cp -R "$TOP/dist" "$BATS_TEST_TMPDIR/build"
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
    make -s -C "$TOP/dist/openwrt" TOPDIR="$BATS_TEST_TMPDIR" INCLUDE_DIR="$BATS_TEST_TMPDIR" ROOT="$root" \
        PKG_BUILD_DIR="$BATS_TEST_TMPDIR/build" install-it
    [ -x "$root/usr/sbin/nfqroute" ]
    [ -x "$root/etc/init.d/nfqroute" ]
    [ -s "$root/etc/config/nfqroute" ]
    "$NFQROUTE" check "$root/etc/nfqroute/rules.d"
}
