# SPDX-License-Identifier: GPL-2.0-or-later
#
# wireguard.bats - a gateway that is the kernel's WireGuard: used, failing in silence, pulled, and answered by
#
#     client -- lan router == isp == isp_gw == server        see tests/lib/paths.bash
#                          == vpn == vpn_gw ==               the tunnel ends there, and its outer packets go by vpn
#
# For kernels with WireGuard; elsewhere skipped. In a guest, with hooks by nft: `make check-vm VM_TESTS=tests/e2e/wireguard.bats`.
# One network and one daemon for all tests, because guests are slow.

load ../lib/netns
load ../lib/services
load ../lib/paths
load ../lib/gateways
load ../lib/wireguard

NFQROUTE=${NFQROUTE:-build/nfqroute}
TOOLS=$(dirname "$NFQROUTE")/tests/e2e
SERVERS=("$PATHS_SERVER4" "$PATHS_SERVER6")

setup_file() {
    need_for_file wireguard wg nft conntrack || return 0
    netns_begin
    paths_begin router
    netns_sysctl router net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
    netns_sysctl server net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.isp.rp_filter=0 net.ipv4.conf.vpn.rp_filter=0
    wireguard_begin
    netns_serve server 7 8
    netns_serve router 9
    netns_exec isp_gw nft -f - <<'END'
table inet t {
    counter leaked { }
    chain c {
        type filter hook prerouting priority -300
        iifname near meta l4proto { tcp, udp } th dport { 7, 8 } counter name leaked
    }
}
END
    mkdir -p "$NETNS_DIR/rules.d"
    cat >"$NETNS_DIR/rules.d/10.rules" <<'END'
gateway wg {
    device wg0; masquerade yes; endpoint 10.22.0.1
    check ping 10.9.0.1 every 500ms timeout 450ms down 3 up 1
    check ping fd09::1 every 500ms timeout 450ms down 3 up 1
}
gateway plain { device vpn; address 10.22.0.1, fd22::1; masquerade yes }
group any { wg then plain else unreachable }
tcp dport 7 via any
tcp dport 8 via wg
END
    # shellcheck disable=SC2119 # no words
    paths_start
    netns_wait 10 netns_logged nfqroute.log 'IPv6: check ping .*: answers'
}

setup() { netns_file; }

teardown_file() { netns_end; }

teardown() {
    [ -n "$BATS_TEST_COMPLETED" ] || [ -z "${NETNS_DIR-}" ] || tail -n 25 "$NETNS_DIR/nfqroute.log"
}

# goes_by DEVICE NAMESPACE SERVER PORT: 20,000 bytes and their echo leave by the device
goes_by() {
    local before
    before=$(netns_bytes router "$1" tx)
    netns_exec "$2" "$TOOLS/tool_peer" tcp "$3" "$4" 1000 20 && [ $(($(netns_bytes router "$1" tx) - before)) -gt 20000 ]
}

# is_replaced FROM: by the next of the group; a kill switch's connections are refused
is_replaced() {
    local server
    for server in "${SERVERS[@]}"; do
        goes_by vpn "$1" "$server" 7
        if netns_exec "$1" "$TOOLS/tool_peer" tcp "$server" 8 1000; then return 1; fi
    done
}

@test "connections go by the tunnel, from client and router, and its outer packets beside it" {
    for from in client router; do
        for server in "${SERVERS[@]}"; do
            goes_by wg0 $from "$server" 7
            goes_by wg0 $from "$server" 8
        done
    done
}

@test "what comes in by the tunnel is answered by it, whatever the main table says" {
    for address in 10.8.0.2 fd08::2; do
        before=$(netns_bytes router wg0 tx)
        netns_exec server "$TOOLS/tool_peer" tcp $address 9 1000 20
        [ $(($(netns_bytes router wg0 tx) - before)) -gt 20000 ]
    done
}

@test "the tunnel goes silent: the next of the group takes over, a kill switch refuses; it comes back" {
    wireguard_becomes down wireguard_part
    is_replaced client
    wireguard_becomes up wireguard_meet
    goes_by wg0 client "${SERVERS[0]}" 8
    goes_by wg0 client "${SERVERS[1]}" 7
}

@test "the device is pulled and made again" {
    wireguard_becomes down ip -n "$(netns router)" link delete wg0
    is_replaced router
    wireguard_becomes up wireguard_near_end
    goes_by wg0 client "${SERVERS[0]}" 7
    goes_by wg0 client "${SERVERS[1]}" 8
}

@test "who flushes the firewall, the rules and the tunnel's routes sees them come back" {
    netns_exec router nft flush ruleset
    netns_wait 10 netns_logged nfqroute.log 'put back the firewall hooks'
    ip -n "$(netns router)" rule flush
    ip -n "$(netns router)" rule add pref 32766 lookup main
    netns_wait 10 goes_by wg0 client "${SERVERS[0]}" 7
    goes_by wg0 client "${SERVERS[1]}" 8
}

@test "nothing of all this left by the isp" {
    [ "$(netns_exec isp_gw nft list counter inet t leaked | sed -n 's/.*packets \([0-9]*\).*/\1/p')" = 0 ]
    run grep '^nfqroute: error' "$NETNS_DIR/nfqroute.log"
    [ "$status" = 1 ]
}
