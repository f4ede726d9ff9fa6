# SPDX-License-Identifier: GPL-2.0-or-later
#
# doctor.bats - each fault that nfqroute doctor knows, in a namespace that has it and no other; and one that has none

load ../lib/netns

NFQROUTE=${NFQROUTE:-build/nfqroute}
TOOLS=$(dirname "$NFQROUTE")/tests/e2e
GATEWAY='gateway vpn { device vpn; address 10.3.0.2; address fd03::2; mark 0x3; priority 100; masquerade yes }'
RULES=("$GATEWAY" 'tcp dport 7 via vpn')

setup() {
    need xt-queue nft
    netns_begin
    netns_add router net
    for way in "isp 2" "vpn 3"; do
        # shellcheck disable=SC2086 # to be split
        set -- $way
        netns_link router "$1" net "$1"
        netns_addr router "$1" "10.$2.0.1/24" "fd0$2::1/64"
        netns_addr net "$1" "10.$2.0.2/24" "fd0$2::2/64"
    done
    netns_route router default via 10.2.0.2
    netns_route router default via fd02::2
    ROUTER=$(netns router)
    mkdir "$NETNS_DIR/rules.d"
    rules "${RULES[@]}"
}

teardown() {
    netns_end
}

rules() {
    printf '%s\n' "$@" >"$NETNS_DIR/rules.d/10-test.rules"
}

# doctor [OPTION...]
# shellcheck disable=SC2120 # with run, which shellcheck does not see
doctor() {
    netns_exec router "$NFQROUTE" doctor -r "$NETNS_DIR/rules.d" "$@"
}

# absent REGEX, nothing_but REGEX: no line, every line of the last run's output
absent() { ! grep -E -- "$1" <<<"$output" >&2; }
nothing_but() { ! grep -vE -- "$1" <<<"$output" >&2; }

# finds LEVEL CHECK REGEX [STATUS]: this is found, and nothing else is that bad; the exit status is 1 for fail
# shellcheck disable=SC2154 # output and status are set by run
finds() {
    run doctor
    echo "$output" >&2
    [ "$status" = "$([ "$1" = fail ] && echo 1 || echo 0)" ] &&
        [ "$(grep -cE '^(warn|fail|unseen)' <<<"$output")" = 1 ] &&
        grep -qE "^$1 +$2 +$3" <<<"$output"
}

@test "a machine without a fault, with a daemon and without" {
    run doctor
    echo "$output"
    [ "$status" = 0 ]
    nothing_but '^ok |^[0-9]+ ok, 0 to look at, 0 failing$'
    netns_spawn router nfqroute.log "$NFQROUTE" -q 0 -r "$NETNS_DIR/rules.d"
    netns_wait 10 netns_logged nfqroute.log 'ready: '
    run doctor
    echo "$output"
    [ "$status" = 0 ]
    grep -q '^ok .* queue 0 is served by nfqroute' <<<"$output"
    absent '^(warn|fail|unseen)'
}

@test "it changes nothing" {
    state() {
        for family in -4 -6; do
            ip -n "$ROUTER" $family rule
            ip -n "$ROUTER" $family route show table all
        done
        netns_exec router iptables-save | grep -v '^#'
        netns_exec router nft list ruleset
        netns_exec router sysctl -a 2>/dev/null | grep -E 'rp_filter|forward'
    }
    netns_exec router iptables -A OUTPUT -p tcp --dport 9 -j REJECT # its tables are there
    state >"$NETNS_DIR/before"
    doctor
    state | diff "$NETNS_DIR/before" -
}

@test "JSON says the same" {
    need python3
    rules "$GATEWAY" 'tcp dprt 7 via vpn'
    run doctor --json
    [ "$status" = 1 ]
    python3 -c 'import json, sys
found = json.load(sys.stdin)
bad = [f for f in found if f["level"] == "fail"]
assert [f["check"] for f in bad] == ["rules"], bad
assert "nfqroute check" in bad[0]["mend"]
assert all(f["level"] in ("ok", "warn", "fail", "unseen") and f["text"] for f in found)' <<<"$output"
    # a script sees what has been looked at, also where all is well
    rules "${RULES[@]}"
    run doctor --json
    [ "$status" = 0 ]
    python3 -c 'import json, sys
found = json.load(sys.stdin)
assert [f["check"] for f in found] == sys.argv[1:], found
assert all(f["level"] == "ok" and "mend" not in f for f in found), found' rules queue conntrack hooks devices rp-filter rp-rules \
        forwarding masquerade mss ipv6 kill-switch offload rule-marks marks priorities halves tables <<<"$output"
    run doctor --nonsense
    [ "$status" = 2 ]
}

@test "a user is told what cannot be seen" {
    need users setpriv
    chmod 755 "$NETNS_DIR" "$NETNS_DIR/rules.d"
    cp "$NFQROUTE" "$NETNS_DIR/nfqroute"
    run netns_exec router setpriv --reuid 65534 --clear-groups "$NETNS_DIR/nfqroute" doctor -r "$NETNS_DIR/rules.d"
    echo "$output"
    [ "$status" = 0 ]
    grep -q '^unseen' <<<"$output"
    grep -q 'not everything could be seen' <<<"$output"
    absent '^fail'
}

@test "rules: with errors, with warnings" {
    rules "$GATEWAY" 'tcp dprt 7 via vpn'
    run doctor
    [ "$status" = 1 ]
    grep -q '^fail .*rules .* 1 error' <<<"$output"
    grep -q '^ok .*queue' <<<"$output" # what needs no rules is looked at
    rules "${GATEWAY/priority/table none; priority}" 'tcp dport 7 via vpn'
    finds warn rules '.*1 warning'
}

@test "queue: held by another program" {
    netns_spawn router queue.log "$TOOLS/tool_queue" 0 0xff 0xff
    netns_wait 10 netns_logged queue.log bound
    finds fail queue 'queue 0 is held by another program, tool_queue'
}

@test "devices: none of that name, down, without a carrier, without a next hop to take" {
    ip -n "$(netns net)" link set vpn down # the other end of its cable; told within a second
    netns_wait 10 finds warn devices '.*device vpn is up without a carrier'
    ip -n "$ROUTER" link set vpn down
    finds warn devices '.*device vpn is down'
    ip -n "$ROUTER" link del vpn
    finds warn devices '.*no device vpn'
    rules 'gateway isp { device isp; address auto; ipv6 unreachable; mark 0x3; priority 100 }' 'tcp dport 7 via isp'
    ip -n "$ROUTER" route del default
    finds warn devices '.*isp has no IPv4 default route in the main table to take the next hop from'
}

@test "rp-filter: strict while a daemon runs that could not change it" {
    netns_sysctl router net.ipv4.conf.{all,vpn}.rp_filter=1
    run doctor
    [ "$status" = 0 ]
    grep -q '^ok .*rp-filter .*is made loose by the daemon' <<<"$output"
    netns_spawn router nfqroute.log "$NFQROUTE" -q 0 -r "$NETNS_DIR/rules.d"
    netns_wait 10 netns_logged nfqroute.log 'ready: '
    # stopped, so that it cannot mend it
    kill -s STOP "$NETNS_PID"
    netns_sysctl router net.ipv4.conf.vpn.rp_filter=1
    finds fail rp-filter '.*rp_filter is strict'
    kill -s CONT "$NETNS_PID"
}

@test "rp-rules: firewalld's filter of the reverse path" {
    netns_exec router nft -f - <<'END'
table inet firewalld {
    chain filter_PREROUTING {
        type filter hook prerouting priority filter + 10
        meta nfproto ipv6 fib saddr . mark . iif oif missing drop
    }
}
END
    finds warn rp-rules '.*a rule of the firewall drops answers'
}

@test "forwarding: off, where a rule is about other machines" {
    rules "$GATEWAY" 'iif lan tcp dport 7 via vpn'
    netns_sysctl router net.ipv6.conf.all.forwarding=1
    finds warn forwarding '.*does not forward IPv4'
    netns_sysctl router net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=0
    finds warn forwarding '.*does not forward IPv6'
}

@test "masquerade: another source address, unless somebody else translates it" {
    rules "${GATEWAY/masquerade yes/ipv6 unreachable}" 'tcp dport 7 via vpn'
    sed -i 's/address fd03::2; //' "$NETNS_DIR/rules.d/10-test.rules"
    finds warn masquerade '.*keeps the source address that it has for isp'
    netns_exec router iptables -t nat -A POSTROUTING -o isp -j MASQUERADE
    finds warn masquerade '.*keeps the source address'
    netns_exec router iptables -t nat -A POSTROUTING -o vpn -j MASQUERADE
    run doctor
    absent '^(warn|fail)'
}

@test "mss: a narrower device, and segments are not held to it" {
    ip -n "$ROUTER" link set vpn mtu 1400
    run doctor
    absent '^(warn|fail)'
    rules "${GATEWAY/masquerade/mss off; masquerade}" 'tcp dport 7 via vpn'
    finds warn mss '.*takes 1400 bytes'
    rules "${GATEWAY/masquerade/mss 1380; masquerade}" 'tcp dport 7 via vpn'
    finds warn mss '.*takes 1400 bytes'
}

@test "ipv6: a gateway that leaves it to main" {
    rules 'gateway vpn { device vpn; address 10.3.0.2; mark 0x3; masquerade yes; ipv6 main }' 'tcp dport 7 via vpn'
    finds warn ipv6 '.*IPv6 connections for it go by the main table'
    ip -n "$ROUTER" -6 route del default
    run doctor
    absent '^(warn|fail)'
}

@test "kill-switch: a rule that the kernel cannot tell without the daemon" {
    rules "$GATEWAY" 'group safe { vpn else unreachable }' 'daddr 10.0.0.0/8 main' 'tcp dport 7 via safe'
    run doctor
    absent '^(warn|fail)'
    rules "$GATEWAY" 'group safe { vpn else unreachable }' 'tcp dport 7 via safe' 'host .a.test via safe'
    finds warn kill-switch 'while no daemon runs, .*10-test.rules:4 leads to group safe go by the main table: it asks for what is in'
    rules "$GATEWAY" 'group safe { vpn else unreachable }' 'dscp 46 main' 'tcp dport 7 via safe'
    finds warn kill-switch '.*10-test.rules:4 .*: a rule before it cannot be told by a firewall'
    rules 'option fail-closed on' "$GATEWAY" 'group safe { vpn else unreachable }' 'host .a.test via safe'
    run doctor
    absent '^(warn|fail)'
}

# nft's flowtables, which not every kernel has: nft.bats
@test "offload: OpenWrt's, in software and hardware" {
    # a target of its kernel alone, so it is put into what is really listed
    mkdir "$NETNS_DIR/bin"
    # shellcheck disable=SC2016 # sh's own
    printf '#!/bin/sh\n%s "$@" | sed "/^\*filter/,/^COMMIT/s/^COMMIT/$(cat %s)\\n&/"\n' "$(command -v iptables-save)" "$NETNS_DIR/rule" \
        >"$NETNS_DIR/bin/iptables-save"
    chmod +x "$NETNS_DIR/bin/iptables-save"
    PATH=$NETNS_DIR/bin:$PATH
    netns_exec router iptables -A OUTPUT -p tcp --dport 9 -j REJECT # its tables are there
    echo '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j FLOWOFFLOAD' >"$NETNS_DIR/rule"
    finds warn offload 'forwarded connections are offloaded \(iptables-save, table filter\)'
    sed -i 's/$/ --hw/' "$NETNS_DIR/rule"
    finds warn offload 'forwarded connections are offloaded, by the hardware \(iptables-save, table filter\)'
    sed -i 's/-m conntrack/-m connmark ! --mark 0x0\/0xff &/; s/\//\\\//' "$NETNS_DIR/rule"
    run doctor
    absent '^(warn|fail)'
}

@test "rule-marks: tailscale's bits, a mark like a gateway's" {
    rules 'option mark-mask 0xff0000' "${GATEWAY/0x3/0x30000}" 'tcp dport 7 via vpn'
    ip -n "$ROUTER" rule add fwmark 0x80000/0xff0000 lookup 52 priority 5210
    finds warn rule-marks 'tailscale: .*uses bits of mark-mask'
    ip -n "$ROUTER" rule del fwmark 0x80000/0xff0000
    ip -n "$ROUTER" -6 rule add fwmark 0x30000/0xff0000 lookup 52 priority 5210
    finds fail rule-marks '.*look like those of gateway vpn'
}

@test "marks: firewalls that write our bits, by iptables of either kind and by nft" {
    netns_exec router iptables -t mangle -A FORWARD -j MARK --set-xmark 0x40000/0xff0000 # others' bits
    netns_exec router nft 'table inet x { chain c { meta mark set meta mark & 0xffff00ff | 0x00000100; }; }'
    run doctor
    echo "$output"
    absent '^(warn|fail)'
    netns_exec router ip6tables -t mangle -A PREROUTING -j CONNMARK --restore-mark
    finds warn marks '.*writes bits 0xff of our mark-mask 0xff \(ip6tables-save, table mangle\)'
    netns_exec router ip6tables -t mangle -F PREROUTING
    netns_exec router iptables -t mangle -N mwan3_hook
    netns_exec router iptables -t mangle -A mwan3_hook -j MARK --set-xmark 0x10/0x30
    finds warn marks 'mwan3: .*writes bits 0x30'
    netns_exec router iptables -t mangle -F mwan3_hook
    netns_exec router nft 'table inet x { chain d { meta mark set 0x00000005; }; }'
    finds warn marks '.*\(nft list ruleset, table inet x, chain d\): meta mark set 0x00000005'
}

@test "marks: each of those who use them is called by its name" {
    rules 'option mark-mask 0xffff00' "${GATEWAY/0x3/0xca00}" 'tcp dport 7 via vpn'
    # as each of them writes it
    netns_exec router nft 'table ip wg-quick-wg0 { chain premangle { meta l4proto udp meta mark set ct mark; }; }'
    netns_exec router iptables-restore <<'END'
*mangle
:ts-forward - [0:0]
:mwan3_hook - [0:0]
:DOCKER-INGRESS - [0:0]
:ufw-before-forward - [0:0]
-A ts-forward -i tailscale0 -j MARK --set-xmark 0x40000/0xff0000
-A mwan3_hook -j CONNMARK --restore-mark --nfmask 0x3f00 --ctmask 0x3f00
-A DOCKER-INGRESS -p tcp --dport 80 -j MARK --set-xmark 0x100/0xffffffff
-A ufw-before-forward -j MARK --set-xmark 0x100/0x100
COMMIT
END
    ip -n "$ROUTER" rule add not fwmark 0xca6c lookup 51820 priority 32764
    ip -n "$ROUTER" rule add fwmark 0x80000/0xff0000 lookup 52 priority 5210
    ip -n "$ROUTER" -6 rule add fwmark 0x100/0x3f00 lookup 1 priority 2001
    run doctor
    echo "$output"
    [ "$status" = 1 ]
    for who in wg-quick tailscale mwan3 Docker ufw; do
        [ "$(grep -cE "^warn +marks +$who: a rule" <<<"$output")" = 1 ]
    done
    grep -qE '^warn +rule-marks +tailscale: ' <<<"$output"
    grep -qE '^warn +rule-marks +mwan3: ' <<<"$output"
    grep -qE '^fail +rule-marks +packets with mark 0xca6c of others, maybe of wg-quick ' <<<"$output"
}

@test "marks: a firewall that takes what has a gateway's mark" {
    netns_exec router iptables -t nat -A POSTROUTING -m mark --mark 0x3/0xff -j MASQUERADE # meant
    netns_exec router iptables -A FORWARD -m mark ! --mark 0x3/0xff -j DROP
    netns_exec router nft 'table inet x { chain c { meta mark { 0x1, 0x4-0x9 } drop; ct mark & 0x7 == 0x4 drop; }; }'
    run doctor
    echo "$output"
    absent '^(warn|fail)'
    netns_exec router iptables -A FORWARD -m connmark --mark 0x3/0xff -j DROP
    finds warn marks 'a rule of the firewall takes packets with the mark of gateway vpn \(iptables-save, table filter\)'
    netns_exec router iptables -F FORWARD
    netns_exec router nft 'table inet x { chain d { meta mark 0x2-0x4 drop; }; }'
    finds warn marks '.*\(nft list ruleset, table inet x, chain d\): meta mark 0x00000002-0x00000004 drop'
}

@test "marks: iptables of the other kind" {
    need iptables-legacy
    netns_exec router iptables-legacy -t mangle -A OUTPUT -j MARK --set-mark 7
    finds warn marks '.*iptables-legacy-save'
}

@test "priorities: a rule before ours that takes everything, or something" {
    netns_route router default via 10.2.0.2 table 77
    ip -n "$ROUTER" rule add not fwmark 0xca6c lookup 77 priority 50
    finds fail priorities '.*rule 50 \(not fwmark, table 77\) is asked before its own'
    ip -n "$ROUTER" rule del priority 50
    ip -n "$ROUTER" rule add from 10.2.0.0/24 lookup 77 priority 50
    finds warn priorities '.*for some packets before its own'
    ip -n "$ROUTER" rule del priority 50
    # one with few routes, and one behind ours, take nothing away
    netns_route router 10.99.0.0/24 via 10.2.0.2 table 78
    ip -n "$ROUTER" rule add lookup 78 priority 50
    ip -n "$ROUTER" rule add lookup 77 priority 200
    run doctor
    absent '^(warn|fail)'
}

@test "priorities: the rule for this machine's own addresses behind ours, as VRFs want it" {
    for family in -4 -6; do
        ip -n "$ROUTER" $family rule add table local priority 32765
        ip -n "$ROUTER" $family rule del priority 0
        finds fail priorities ".*: ip( -6)? rule 32765 \(table local\) is asked behind its own"
        ip -n "$ROUTER" $family rule add table local priority 7
        ip -n "$ROUTER" $family rule del priority 32765
        run doctor
        absent '^(warn|fail)'
    done
}

@test "halves: a VPN's two routes instead of a default one" {
    netns_route router 0.0.0.0/1 via 10.3.0.2
    netns_route router 128.0.0.0/1 via 10.3.0.2
    finds fail halves '.*half of all IPv4 addresses each, by vpn'
    ip -n "$ROUTER" route del 0.0.0.0/1
    ip -n "$ROUTER" route del 128.0.0.0/1
    netns_route router 8000::/1 via fd03::2
    finds fail halves '.*half of all IPv6 addresses'
    ip -n "$ROUTER" -6 route del 8000::/1
    # of what is in use, 2000::/3 is all; OpenVPN's redirect-gateway ipv6 has it in two
    for route in 2000::/3 3000::/4; do
        netns_route router $route via fd03::2
        finds fail halves '.*of all IPv6 addresses each, by vpn'
        ip -n "$ROUTER" -6 route del $route
    done
    netns_route router 2000::/16 via fd03::2
    run doctor
    absent '^fail'
}

@test "tables: somebody else's default route in ours" {
    rules "${GATEWAY/priority 100/table 33; priority 100}" 'tcp dport 7 via vpn'
    netns_route router default via 10.2.0.2 table 33
    finds fail tables '.*its table 33 has a default route of somebody else, by isp'
    ip -n "$ROUTER" route del default table 33
    # the user's own, the same as ours would be
    netns_route router default via 10.3.0.2 table 33
    run doctor
    absent '^(warn|fail)'
}

@test "hooks: a program that is missing" {
    mkdir "$NETNS_DIR/bin"
    for program in ip bash env; do ln -s "$(command -v $program)" "$NETNS_DIR/bin/"; done
    [ -n "$(lacks nft-queue)" ] || skip "nft serves here without any program"
    run env PATH="$NETNS_DIR/bin" ip netns exec "$ROUTER" "$NFQROUTE" doctor -r "$NETNS_DIR/rules.d"
    echo "$output"
    [ "$status" = 1 ]
    grep -qE '^fail +hooks +cannot install the firewall hooks' <<<"$output"
}
