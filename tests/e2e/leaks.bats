# SPDX-License-Identifier: GPL-2.0-or-later
#
# leaks.bats - a kill switch's connections leave by its gateway or nowhere, whatever becomes of device and daemon
#
# What comes to the gateways of the other paths for the server is counted there.

bats_require_minimum_version 1.5.0

load ../lib/netns
load ../lib/services
load ../lib/paths
load ../lib/gateways

NFQROUTE=${NFQROUTE:-build/nfqroute}
# shellcheck disable=SC2034 # gateways.bash looks at it
TOOLS=$(dirname "$NFQROUTE")/tests/e2e

# no_other_leak: than that to port 8, which no rule of a kill switch takes
no_other_leak() { [ "$(counted isp leaked)" = "$(counted isp elsewhere)" ] && [ "$(counted lte leaked)" = 0 ]; }

setup() { gateways_begin; }
teardown() { gateways_end; }

# turned 4|6: the kernel has an entry of the connection to port 9 the wrong way round, with the mark of vpn. Where it was
# begun again by an acknowledgement that the client had yet to send, it is forgotten once more.
turned() {
    netns_exec router conntrack -L -f "ipv$1" -p tcp --sport 9 2>/dev/null | grep -q 'mark=1 ' && return
    netns_exec router conntrack -D -f "ipv$1" -p tcp --dport 9 2>/dev/null
    false
}

@test "a connection that the kernel has made anew the wrong way round ends without a word to the server by the isp" {
    feeds
    leak_counters
    daemon "$(gateway vpn 2 'masquerade yes' "$(checks ping "$PACE" down 3)")" 'tcp dport { 7, 9 } via vpn'
    listen router 10.9.0.1 router4.log 10.22.0.2
    listen router fd09::1 router6.log fd22::2
    # forgotten, and begun again by the server's next byte
    netns_exec router conntrack -F
    netns_wait 15 turned 4
    netns_wait 15 turned 6
    silence vpn both
    says 'gateway vpn: IPv4: down'
    says 'gateway vpn: IPv6: down'
    netns_wait 15 netns_logged router4.log 'ended: Software caused connection abort'
    netns_wait 15 netns_logged router6.log 'ended: Software caused connection abort'
    refused 4
    refused 6
    netns_wait 15 no_leak
}

@test "nor does its client, another machine, whose address nobody translates, wait for ever" {
    for tables in iptables ip6tables; do netns_exec router $tables -t nat -F POSTROUTING; done
    ip -n "$(netns server)" route replace 10.1.0.0/24 via 10.32.0.1
    ip -n "$(netns server)" -6 route replace fd01::/64 via fd32::1
    feeds
    leak_counters
    daemon "$(gateway vpn 2 "$(checks ping "$PACE" down 3)")" 'tcp dport { 7, 9 } via vpn'
    listen client 10.9.0.1 client4.log
    listen client fd09::1 client6.log
    netns_exec router conntrack -F
    netns_wait 15 turned 4
    netns_wait 15 turned 6
    silence vpn both
    says 'gateway vpn: IPv4: of its connections 1 ended'
    says 'gateway vpn: IPv6: of its connections 1 ended'
    netns_wait 15 netns_logged client4.log 'ended: Connection reset by peer'
    netns_wait 15 netns_logged client6.log 'ended: Connection reset by peer'
    netns_wait 15 no_leak
}

@test "a segment that conntrack calls invalid does not leave by another way, if a rule leads what looks so to a gateway" {
    leak_counters
    daemon "$(gateway vpn 2)" 'tcp dport 9 via vpn'
    for name in client router; do
        for server in 10.9.0.1 fd09::1; do
            stray $name $server 9
            stray $name $server 8 # no rule
        done
    done
    all_seen() { [ "$(counted isp elsewhere)" = 4 ]; }
    netns_wait 15 all_seen
    no_other_leak
    kill_daemon # it is dropped then, whatever it is
    for name in client router; do
        for server in 10.9.0.1 fd09::1; do stray $name $server 9; done
    done
    no_other_leak
}

@test "a kill switch holds while its device comes and goes and the rules are read again" {
    feeds
    leak_counters
    daemon "$(gateway vpn 2 'masquerade yes' "$(checks ping "$PACE")")" 'tcp dport { 7, 9 } via vpn; udp dport 7 via vpn'
    talk
    listen client 10.9.0.1 listen4.log
    listen client fd09::1 listen6.log
    for ((n = 0; n < ${FLAPS:-5}; n++)); do
        flap
        [ $((n % 3)) != 2 ] || kill -HUP "$PATHS_DAEMON"
        sleep "0.$((RANDOM % 5))"
    done
    says 'gateway vpn: IPv4: up'
    all_say "$WHOLE" # they go on when all is well again
    netns_wait 15 no_leak
}

kill_daemon() {
    kill -KILL "$PATHS_DAEMON"
    netns_wait 15 netns_ended "$PATHS_DAEMON"
}

# grows: more of what the server sends arrives by vpn
grows() {
    local before
    before=$(netns_bytes router vpn rx)
    more() { [ $(($(netns_bytes router vpn rx) - before)) -gt 5000 ]; }
    netns_wait 10 more
}

@test "decided connections keep to their gateway while the daemon is killed, starts again, and reads its rules" {
    feeds
    leak_counters
    daemon "$(gateway vpn 2 'masquerade yes')" 'tcp dport 9 via vpn'
    for name in client router; do
        listen $name 10.9.0.1 listen-$name-4.log
        listen $name fd09::1 listen-$name-6.log
    done
    grows
    kill_daemon
    grows
    paths_start
    grows
    kill -HUP "$PATHS_DAEMON"
    says '^nfqroute: reloaded'
    grows
    for log in "$NETNS_DIR"/listen-*; do
        if grep ended "$log"; then false; fi
    done
    netns_wait 15 no_leak
}

@test "else unreachable: what the firewall is told, by either backend" {
    mkdir "$NETNS_DIR/rules.d"
    printf '%s\n' 'gateway vpn { device vpn }' 'group safe { vpn else unreachable }' 'group open { vpn else main }' \
        'tcp dport 22 main' 'host .a.test main' 'dport 53 via open' 'tcp dport { 80, 443-450 } not daddr 10.0.0.0/8 via safe' \
        'user 1000 udp via safe' 'iif br-* proto 47 via safe' 'tcp dport 99 main' >"$NETNS_DIR/rules.d/1.rules"
    "$NFQROUTE" hooks --iptables -r "$NETNS_DIR/rules.d" | sed -n 's/-A NFQROUTE_GUARD_OUTPUT/out/p' >"$NETNS_DIR/iptables"
    "$NFQROUTE" hooks --nft -r "$NETNS_DIR/rules.d" | sed -n '/chain guarded_output/,/}/s/^\t\t//p' >"$NETNS_DIR/nft"
    diff "$NETNS_DIR/iptables" - <<'END'
out -p 6 -m tcp --dport 22:22 -j RETURN
out -p 6 -m tcp --dport 53:53 -j RETURN
out -p 17 -m udp --dport 53:53 -j RETURN
-4 out -p 6 -m tcp --dport 80:80 -m iprange ! --dst-range 10.0.0.0-10.255.255.255 -j DROP
-4 out -p 6 -m tcp --dport 443:450 -m iprange ! --dst-range 10.0.0.0-10.255.255.255 -j DROP
-6 out -p 6 -m tcp --dport 80:80 -j DROP
-6 out -p 6 -m tcp --dport 443:450 -j DROP
out -m owner --uid-owner 1000-1000 -p 17 -j DROP
out -i br-+ -p 47 -j DROP
END
    diff "$NETNS_DIR/nft" - <<'END'
meta l4proto 6 th dport 22 return
meta l4proto 6 th dport 53 return
meta l4proto 17 th dport 53 return
meta l4proto 6 th dport 80 ip daddr != 10.0.0.0-10.255.255.255 drop
meta l4proto 6 th dport 443-450 ip daddr != 10.0.0.0-10.255.255.255 drop
meta nfproto ipv6 meta l4proto 6 th dport 80 drop
meta nfproto ipv6 meta l4proto 6 th dport 443-450 drop
meta skuid 1000 meta l4proto 17 drop
iifname "br-*" meta l4proto 47 drop
END
}

@test "else unreachable: nothing of it leaks while the daemon is killed, and the rest goes on; a stop opens all" {
    feeds
    leak_counters
    daemon "$(gateway vpn 2 'masquerade yes')" 'group safe { vpn else unreachable }' 'set lan address { 10.1.0.0/16, fd01::/64 }' \
        'daddr @lan main' 'host .known.test main' 'tcp dport { 7, 9 } daddr { 10.9.0.0/24, fd09::/64 } not saddr 10.77.0.0/16 via safe' \
        'user 0-1000 udp dport 7 via safe' 'iif lan udp dport 7 via safe'
    talk
    listen client 10.9.0.1 listen.log
    kill_daemon
    flap
    all_say "$FAILED"
    # no rule of a kill switch speaks of these
    netns_exec server iptables -I INPUT -p tcp --dport 8 -j REJECT --reject-with tcp-reset
    netns_exec server ip6tables -I INPUT -p tcp --dport 8 -j REJECT --reject-with tcp-reset
    for name in client router; do
        for server in 10.9.0.1 fd09::1; do
            run netns_exec $name "$TOOLS/tool_peer" tcp $server 8 1000
            [[ $output == *refused* ]]
        done
    done
    no_other_leak
    paths_start
    all_say "$WHOLE"
    listen client 10.9.0.1 listen2.log
    # SIGUSR2, as systemd's restart sends it: all stays for the next one
    netns_stop "$PATHS_DAEMON" USR2
    grows
    all_say "$FAILED"
    paths_start
    all_say "$WHOLE"
    netns_wait 15 no_other_leak
    netns_stop "$PATHS_DAEMON"
    goes_by isp 4
    goes_by isp 6
    netns_exec router iptables-save | not grep NFQROUTE
}

@test "option fail-closed: nothing leaks while the daemon is killed, ends, starts again, and its device flaps; release" {
    feeds
    leak_counters
    daemon 'option fail-closed on' "$(gateway vpn 2 'masquerade yes')" 'tcp dport { 7, 9 } via vpn; udp dport 7 via vpn'
    talk
    listen client 10.9.0.1 listen.log
    kill_daemon
    flap
    all_say "$FAILED"
    paths_start
    all_say "$WHOLE"
    run ! "$NFQROUTE" pause
    [[ $output == *'nothing passes undecided'* ]]
    run ! netns_exec router "$NFQROUTE" release -r "$NETNS_DIR/rules.d"
    [[ $output == *'a daemon is running'* ]]
    netns_stop "$PATHS_DAEMON"
    flap
    all_say "$FAILED"
    paths_start
    all_say "$WHOLE"
    kill -HUP "$PATHS_DAEMON"
    says '^nfqroute: reloaded'
    all_say "$WHOLE"
    netns_stop "$PATHS_DAEMON"
    no_leak
    # until nobody wants it any more
    netns_exec router "$NFQROUTE" release -r "$NETNS_DIR/rules.d"
    goes_by isp 4
    goes_by isp 6
    netns_exec router iptables-save | not grep NFQROUTE
    netns_exec router ip6tables-save | not grep NFQROUTE
    ip -n "$ROUTER" rule | not grep 'proto 83'
    ip -n "$ROUTER" -6 route show table all | not grep 'proto 83'
    netns_exec router conntrack -L 2>/dev/null | not grep 'mark=[1-9]'
}
