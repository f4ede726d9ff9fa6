# SPDX-License-Identifier: GPL-2.0-or-later
#
# return.bats - the way back: connections that come in by a gateway are answered by it, replies are not filtered away,
# addresses and segments fit the gateway's path; for both families, forwarded and local connections
#
#     client -- router == isp ==> net      10.9.0.1, fd09::1, by two ways
#                      == vpn ==>
#
# net lets in by vpn and isp only what has an address of theirs, as a provider does: what goes by the wrong one is lost.

load ../lib/netns
load ../lib/wires

SERVERS=(10.9.0.1 fd09::1)
NFQROUTE=${NFQROUTE:-build/nfqroute}
TOOLS=$(dirname "$NFQROUTE")/tests/e2e
VPN='gateway vpn { device vpn; address 10.3.0.2; address fd03::2; mark 0x3; masquerade yes }'
PORTS='tcp dport 7 via vpn; udp dport 7 via vpn'

setup() {
    need xt-queue conntrack nft
    netns_begin
    wires_begin net
    wires_client
    netns_exec net nft -f - <<'END'
table inet provider {
    counter lost { }
    counter small { }
    chain c {
        type filter hook prerouting priority raw
        iifname vpn ip saddr != 10.3.0.0/24 counter name lost drop
        iifname vpn ip6 saddr != { fd03::/64, fe80::/10, :: } counter name lost drop
        iifname isp ip saddr 10.3.0.0/24 counter name lost drop
        iifname isp ip6 saddr fd03::/64 counter name lost drop
    }
}
END
    for name in net router client; do netns_serve $name 7 8; done
    mkdir "$NETNS_DIR/rules.d"
}

teardown() {
    [ -n "$BATS_TEST_COMPLETED" ] || { tail -n 30 "$NETNS_DIR/nfqroute.log"; netns_exec router conntrack -L; }
    netns_end
}

# rules LINE...: what is in rules.d from now on
rules() {
    printf '%s\n' "$@" >"$NETNS_DIR/rules.d/10-test.rules"
}

# daemon LINE...: runs it with these rules
daemon() {
    rules "$@"
    : >"$NETNS_DIR/nfqroute.log"
    netns_spawn router nfqroute.log "${WITHIN[@]}" "$NFQROUTE" -q 0 -r "$NETNS_DIR/rules.d"
    DAEMON=$NETNS_PID
    netns_wait 10 netns_logged nfqroute.log 'ready: '
}

# talk NAMESPACE ADDRESS PORT BYTES [ROUNDS]: by TCP
talk() { netns_exec "$1" "$TOOLS/tool_peer" tcp "$2" "$3" "$4" "${@:5}"; }
talks() { [ "$(talk "$@")" = ok ]; }
# stalls ...: it does not come to its end
stalls() { ! talks "$@"; }
lost() { netns_exec net nft list counter inet provider lost | sed -n 's/.*packets \([0-9]*\).*/\1/p'; }

# --- the reverse path filter --------------------------------------------------------------------------------------

filter() { netns_exec router sysctl -n "net.ipv4.conf.$1.rp_filter"; }
filter_is() { [ "$(filter "$1")" = "$2" ]; }

@test "the reverse path filter lets answers in, and is as before when we are gone" {
    netns_sysctl router net.ipv4.conf.{vpn,isp}.rp_filter=1
    daemon "$VPN" "$PORTS"
    [ "$(filter vpn) $(filter isp) $(filter all)" = "2 1 0" ]
    talks router "${SERVERS[0]}" 7 1000
    # somebody sets it anew, as after a "sysctl --system"
    netns_sysctl router net.ipv4.conf.vpn.rp_filter=1
    netns_wait 10 filter_is vpn 2
    netns_stop "$DAEMON"
    [ "$(filter vpn) $(filter isp)" = "1 1" ]
    # and it is needed: the mark alone does not get the answer in
    ip -n "$(netns router)" route add default via 10.3.0.2 table 9
    ip -n "$(netns router)" rule add fwmark 9 lookup 9
    netns_exec router iptables -t mangle -A OUTPUT -p tcp --dport 7 -j MARK --set-mark 9
    netns_exec router iptables -t nat -A POSTROUTING -o vpn -j MASQUERADE
    stalls router "${SERVERS[0]}" 7 1000
}

@test "a reverse path filter that cannot be changed, as in a container: said once, however often it is looked at" {
    netns_sysctl router net.ipv4.conf.vpn.rp_filter=1
    # shellcheck disable=SC2016 # expanded by the inner shell
    WITHIN=(bash -c 'mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys && exec "$@"' within)
    daemon "$VPN" "$PORTS"
    copied() { ip -n "$(netns router)" -6 route show table all | grep -q "^$1 .*proto 83"; }
    for i in 1 2 3; do
        netns_route router "fd07:$i::/32" via fd02::2
        netns_wait 10 copied "fd07:$i::/32"
    done
    [ "$(filter vpn)" = 1 ]
    [ "$(grep -c 'cannot make the reverse path filter of vpn loose' "$NETNS_DIR/nfqroute.log")" = 1 ]
    netns_stop "$DAEMON"
    [ "$(filter vpn)" = 1 ]
}

@test "the reverse path filter of a killed daemon is put back by the next one" {
    netns_sysctl router net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.vpn.rp_filter=0
    # the device is found by its next hop
    daemon "gateway vpn { address 10.3.0.2; mark 0x3 }" "$PORTS"
    [ "$(filter vpn)" = 2 ]
    note=/run/nfqroute/rp_filter.$(netns_exec router stat -Lc %i /proc/self/ns/net)
    netns_stop "$DAEMON" KILL
    [ "$(filter vpn)" = 2 ] && [ -s "$note" ]
    daemon "gateway isp { address 10.2.0.2; mark 0x3 }"
    [ "$(filter vpn) $(filter isp) $(filter all)" = "0 2 1" ]
    netns_stop "$DAEMON"
    [ "$(filter vpn) $(filter isp) $(filter all)" = "0 0 1" ]
    [ ! -e "$note" ]
}

# --- what the path takes ------------------------------------------------------------------------------------------

# Segments are sent one by one by vpn, not joined to one packet on a cable that has no limit.
one_by_one() {
    for name in net router; do
        ip -n "$(netns $name)" link set vpn gso_max_segs 1
    done
}

# A path of 1400 bytes, and nobody is told what was too large for it.
narrow() {
    ip -n "$(netns router)" link set vpn mtu 1400
    one_by_one
    netns_exec net nft add rule inet provider c iifname vpn meta length gt 1400 drop
    for name in client net; do
        netns_exec $name nft -f - <<'END'
table inet deaf {
    chain c {
        type filter hook input priority 0
        icmp type destination-unreachable icmp code frag-needed drop
        icmpv6 type packet-too-big drop
    }
}
END
    done
}

@test "segments fit a narrow path that nobody tells of, both ways, forwarded and local" {
    narrow
    daemon "$VPN" "$PORTS"
    for server in "${SERVERS[@]}"; do
        talks client "$server" 7 1000000
        talks router "$server" 7 1000000
    done
    # and they do only by this
    netns_stop "$DAEMON"
    daemon "${VPN/masquerade/mss off; masquerade}" "$PORTS"
    for server in "${SERVERS[@]}"; do
        talks client "$server" 7 1000
        stalls client "$server" 7 100000
    done
}

@test "segments of a given size, for a path that is narrower further on" {
    one_by_one
    netns_exec net nft add rule inet provider c iifname vpn meta length gt 1300 drop
    netns_exec router nft -f - <<'END'
table inet narrow {
    chain c {
        type filter hook prerouting priority raw
        iifname vpn meta length gt 1300 drop
    }
}
END
    daemon "${VPN/masquerade/mss 1240; masquerade}" "$PORTS"
    for server in "${SERVERS[@]}"; do
        talks client "$server" 7 1000000
        talks router "$server" 7 1000000
        talks client "$server" 8 1000000 # not by vpn
    done
    # what is smaller than that stays as it is
    netns_exec net nft add rule inet provider c iifname vpn tcp option maxseg size 1000 counter name small
    ip -n "$(netns client)" route replace default via 10.1.0.1 advmss 1000
    talks client "${SERVERS[0]}" 7 1000
    netns_exec net nft list counter inet provider small | grep -q 'packets 1 '
}

# --- answers ------------------------------------------------------------------------------------------------------

# both_in PORT: connections from net to router's addresses at vpn and isp come in by these, and get their answers
both_in() {
    local address
    for address in 10.3.0.1 fd03::1; do
        talks net "$address" "$1" 1000 10 || return
        [ "$(netns_exec net "$TOOLS/tool_peer" udp "$address" "$1" 100 3)" = ok ] || return
    done
    for address in 10.2.0.1 fd02::1; do
        talks net "$address" "$1" 1000 10 || return
    done
    [ "$(lost)" = 0 ] || { echo "lost: $(lost)" >&2; return 1; }
}

# net's own connections come from an address that router would answer by isp.
from_afar() {
    for family in 4 6; do
        local isp=10.2.0.1 vpn=10.3.0.1 source=${SERVERS[0]}
        [ $family = 4 ] || { isp=fd02::1 vpn=fd03::1 source=${SERVERS[1]}; }
        ip -n "$(netns net)" -$family route replace $vpn dev vpn src "$source"
        ip -n "$(netns net)" -$family route replace $isp dev isp src "$source"
    done
    # which are foreign to router's neighbours, but not to this test
    netns_exec net nft flush chain inet provider c
    netns_exec net nft -f - <<'END'
table inet provider {
    chain c {
        iifname isp ip saddr 10.3.0.0/24 counter name lost drop
        iifname isp ip6 saddr fd03::/64 counter name lost drop
        iifname vpn ip saddr 10.2.0.0/24 counter name lost drop
        iifname vpn ip6 saddr fd02::/64 counter name lost drop
    }
}
END
}

@test "who comes in by a gateway's device is answered by it, who comes in elsewhere is not" {
    from_afar
    # decided at the first packet (main, and by a rule that does not mean these), and only by what is said
    daemon "$VPN" "$PORTS" 'tcp payload /^never/ via vpn'
    both_in 7
    both_in 8
    # and only by this
    netns_stop "$DAEMON"
    stalls net 10.3.0.1 7 1000
    [ "$(lost)" -gt 0 ]
}

@test "who comes in by a gateway's device and is sent on is answered by it" {
    from_afar
    for family in "iptables 10.3.0.1 10.1.0.2" "ip6tables fd03::1 [fd01::2]"; do
        # shellcheck disable=SC2086 # to be split
        set -- $family
        netns_exec router "$1" -t nat -A PREROUTING -i vpn -p tcp --dport 80 -j DNAT --to-destination "$3:7"
    done
    daemon "$VPN" "$PORTS" 'tcp payload /^never/ via vpn'
    for address in 10.3.0.1 fd03::1; do
        talks net "$address" 80 1000 10
        talks net "$address" 80 100000
    done
    [ "$(lost)" = 0 ]
    # a reload takes nothing from connections that have come in
    netns_spawn net long.log "$TOOLS/tool_peer" tcp 10.3.0.1 80 100 2000
    sleep 0.2
    kill -s HUP "$DAEMON"
    netns_wait 15 netns_logged nfqroute.log reloaded
    netns_wait 20 netns_logged long.log '^ok'
    [ "$(lost)" = 0 ]
    # those of the client go on as before, by vpn
    for server in "${SERVERS[@]}"; do
        talks client "$server" 7 1000 10
    done
    netns_stop "$DAEMON"
    stalls net 10.3.0.1 80 1000
    [ "$(lost)" -gt 0 ]
}

@test "who comes in by a device with another default route is answered by that; of several gateways on one the first answers" {
    from_afar
    # The next hops of a, b and far are not there: what is answered by them is lost.
    daemon 'gateway a { device isp; address 10.2.0.8, fd02::8; mark 0x1 }' \
        'gateway b { device isp; address 10.2.0.9, fd02::9; mark 0x2 }' \
        'gateway vpn { device vpn; address 10.3.0.2, fd03::2; mark 0x4 }' \
        'gateway far { device vpn; address 10.3.0.9, fd03::9; mark 0x8 }' 'tcp dport 99 via a'
    both_in 7
    both_in 8
    # the default route goes by vpn's next hop: vpn is not beside it there, and a answers on isp
    reached_by_isp() {
        talks net 10.2.0.1 8 1000 && talks net fd02::1 8 1000
    }
    for route in '-4 10.3.0.2 10.2.0.8' '-6 fd03::2 fd02::8'; do
        # shellcheck disable=SC2086 # to be split
        set -- $route
        ip -n "$(netns router)" "$1" route replace default via "$2"
        ip -n "$(netns net)" "$1" address add "$3" dev isp
    done
    netns_wait 10 reached_by_isp
    before=$(lost) # until the hooks had followed
    reached_by_isp
    [ "$(lost)" = "$before" ]
}

@test "rules hold for who comes in by a gateway's device" {
    from_afar
    daemon "$VPN" 'iif vpn tcp dport 8 reject' 'iif vpn payload /^\x00/ drop' 'tcp payload /^never/ via vpn'
    for address in 10.3.0.1 fd03::1; do
        [ "$(talk net "$address" 8 100)" = "connect: Connection refused" ]
        stalls net "$address" 7 1000 10
    done
    talks net 10.2.0.1 8 1000
}

# one_link: router and a host on one link with two ways to net, main's (one) and another (two)
one_link() {
    local name number=0
    netns_add switch host one two
    ip -n "$(netns switch)" link add name bridge type bridge || skip "the kernel has no bridge"
    ip -n "$(netns switch)" link set dev bridge up
    for name in router one two host; do
        number=$((number + 1))
        netns_link "$name" arm switch "$name"
        ip -n "$(netns switch)" link set dev "$name" master bridge
        netns_addr "$name" arm "10.5.0.$number/24" "fd05::$number/64"
    done
    for name in one two; do
        netns_link "$name" out net "$name"
        netns_addr "$name" out "10.6.$number.1/24" "fd06:$number::1/64"
        netns_addr net "$name" "10.6.$number.2/24" "fd06:$number::2/64"
        netns_route "$name" 10.9.0.1/32 via "10.6.$number.2"
        netns_route "$name" fd09::1/128 via "fd06:$number::2"
        netns_forward "$name"
        for tables in iptables ip6tables; do netns_exec "$name" $tables -t nat -A POSTROUTING -o out -j MASQUERADE; done
        number=$((number + 1))
    done
    netns_sysctl router net.ipv4.conf.{all,arm}.send_redirects=0
    netns_sysctl host net.ipv6.conf.{all,arm}.accept_redirects=0
    ip -n "$(netns router)" route replace default via 10.5.0.2
    ip -n "$(netns router)" -6 route replace default via fd05::2
    netns_route host default via 10.5.0.1
    netns_route host default via fd05::1
}

@test "a box with one device: who is on its link goes by either router there, whole" {
    one_link
    daemon 'gateway two { device arm; address 10.5.0.3, fd05::3; masquerade yes }' 'tcp dport 7 via two'
    for name in host router; do
        for server in "${SERVERS[@]}"; do
            before=$(netns_bytes two out tx) main=$(netns_bytes one out tx)
            talks $name "$server" 7 1000 20
            [ $(($(netns_bytes two out tx) - before)) -gt 20000 ]
            [ $(($(netns_bytes one out tx) - main)) -lt 1000 ]
        done
    done
}
