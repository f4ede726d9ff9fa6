# SPDX-License-Identifier: GPL-2.0-or-later
#
# packages.bats - what tests need is there once `make deps` has run: else they are skipped everywhere, and nobody sees it

load ../lib/netns

# programs that tests name by `need`, which names features of the kernel, too
needed() {
    grep -hoE '^ *need(_for_file)? [^|;()"{]+' tests/*/*.bats | sed -E 's/^ *need(_for_file)?//' | tr -s ' ' '\n' | sort -u |
        grep -vxE '|\$.*|.*-queue|tun|users|wireguard|netem'
}

@test "each program that a test needs is installed: dist/packages.txt names its package" {
    mapfile -t programs < <(needed)
    [ "${#programs[@]}" -gt 30 ]
    for program in "${programs[@]}"; do
        command -v "$program" || { echo "$program is not there"; false; }
    done
}
