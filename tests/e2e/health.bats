# SPDX-License-Identifier: GPL-2.0-or-later
#
# health.bats - gateways' checks: by which way probes go, which answers count, who takes over, for both families
#
#     client -- lan router == isp == isp_gw == server        see tests/lib/paths.bash; a third path: lte
#
# The server answers pings, DNS on 53 and HTTP on 80; its answers come back by the path of the address they go to.

load ../lib/netns
load ../lib/services
load ../lib/paths
load ../lib/gateways

NFQROUTE=${NFQROUTE:-build/nfqroute}
TOOLS=$(dirname "$NFQROUTE")/tests/e2e

setup() {
    need dnsmasq jq
    gateways_begin
}

teardown() { gateways_end; }

# counter NAME: packets of the nft counter in the router
counter() { netns_exec router nft list counter inet t "$1" | sed -n 's/.*packets \([0-9]*\).*/\1/p'; }

# what checks of every kind are answered by
name_and_web_servers() {
    netns_spawn server dns.log dnsmasq -k -C /dev/null --no-resolv --no-hosts --address=/a.test/192.0.2.1
    netns_spawn server web.log python3 -m http.server 80 --bind ::
    netns_wait 10 netns_listens server tcp 80
    netns_wait 10 netns_listens server udp 53
}

@test "probes of every kind leave by the gateway's device with their mark, past the queue, and are answered" {
    name_and_web_servers
    # All that the router sends to the server, before and behind our hooks
    netns_exec router nft -f - <<'END'
table inet t {
    counter probes { }
    counter others { }
    counter elsewhere { }
    chain c {
        type filter hook postrouting priority 300
        meta nfproto ipv4 ip daddr != 10.9.0.1 accept
        meta nfproto ipv6 ip6 daddr != fd09::1 accept
        oifname != vpn counter name elsewhere
        meta mark 123 counter name probes accept
        counter name others
    }
}
END
    daemon "$(gateway vpn 2 "$(checks ping "$PACE")" "$(checks tcp "$PACE")" "$(checks dns name a.test. "$PACE")" \
        "check dns 10.9.0.1:53 $PACE" "$(checks http "$PACE" status 200)" 'mark 9')" \
        'udp via vpn; tcp via vpn; icmp via vpn; icmpv6 via vpn'
    for check in 'ping 10.9.0.1' 'ping fd09::1' 'tcp 10.9.0.1:7' 'tcp \[fd09::1\]:7' 'dns 10.9.0.1' 'dns fd09::1' \
        'http http://10.9.0.1/' 'http http://\[fd09::1\]/'; do
        says "gateway vpn: IPv[46]: check $check: answers \([0-9.]+ ms\)"
    done
    [ "$(counter probes)" -gt 20 ]
    [ "$(counter others)" = 0 ]
    [ "$(counter elsewhere)" = 0 ]
    [ "$(netns_queue_field router 0 8)" = 0 ] # none came to the queue, nor what closed sockets answered
    says 'check dns 10.9.0.1:53: fails \(the name server says REFUSED\)' # it has nobody to ask about the root
    times 'fails' 1
    # status has the figures
    figures() {
        netns_exec router "${NFQROUTE:-build/nfqroute}" status --json | jq -e --argjson now "$(date +%s)" '.gateways[0] |
            .ipv4.up and .ipv4.downs == 0 and .ipv4.since <= $now and $now - .ipv4.since < 120 and
            ([.ipv4, .ipv6 | .checks[] | select(.up and .answer_us > 0 and .answered > 0 and .asked >= .answered)] | length == 8) and
            ([.ipv4.checks[] | select(.check == "dns 10.9.0.1:53" and (.up | not) and .answered == 0 and
                .reason == "the name server says REFUSED")] | length == 1)'
    }
    netns_wait 10 figures
    run netns_exec router "${NFQROUTE:-build/nfqroute}" status
    [[ $output == *"    check tcp 10.9.0.1:7: well for "*" answered, "*" ms"*"    check dns 10.9.0.1:53: fails for "*": the name server says REFUSED, 0 answered"* ]]
}

@test "a gateway known by its address alone is asked by the device that leads there" {
    netns_exec router nft add table inet t
    netns_exec router nft add counter inet t elsewhere
    netns_exec router nft 'add chain inet t c { type filter hook postrouting priority 300; }'
    netns_exec router nft 'add rule inet t c ip daddr 10.9.0.1 oifname != vpn counter name elsewhere'
    daemon "gateway vpn { address 10.22.0.1, fd22::1; $(checks ping "$PACE")
    }" 'tcp via vpn'
    says 'IPv4: check ping .*: answers'
    says 'IPv6: check ping .*: answers'
    [ "$(counter elsewhere)" = 0 ]
}

@test "an answer that comes by another path does not count, of whatever kind" {
    name_and_web_servers
    # What goes to the router's address on vpn comes by isp
    netns_exec server ip route replace 10.22.0.0/24 via 10.31.0.1
    netns_exec server ip -6 route replace fd22::/64 via fd31::1
    netns_route isp_gw 10.22.0.0/24 via 10.21.0.2
    netns_route isp_gw fd22::/64 via fd21::2
    netns_exec router nft -f - <<'END'
table inet t {
    counter IPv4_ping { }; counter IPv4_tcp { }; counter IPv4_dns { }; counter IPv4_http { }
    counter IPv6_ping { }; counter IPv6_tcp { }; counter IPv6_dns { }; counter IPv6_http { }
    chain c {
        type filter hook prerouting priority -300
        iifname != isp accept
        ip daddr 10.22.0.2 icmp type echo-reply counter name IPv4_ping
        ip daddr 10.22.0.2 tcp sport 7 counter name IPv4_tcp
        ip daddr 10.22.0.2 udp sport 53 counter name IPv4_dns
        ip daddr 10.22.0.2 tcp sport 80 counter name IPv4_http
        ip6 daddr fd22::2 icmpv6 type echo-reply counter name IPv6_ping
        ip6 daddr fd22::2 tcp sport 7 counter name IPv6_tcp
        ip6 daddr fd22::2 udp sport 53 counter name IPv6_dns
        ip6 daddr fd22::2 tcp sport 80 counter name IPv6_http
    }
}
END
    daemon "$(gateway vpn 2 "$(checks ping "$PACE")" "$(checks tcp "$PACE")" "$(checks dns name a.test. "$PACE")" \
        "$(checks http "$PACE")")" 'tcp dport 7 via vpn'
    for family in IPv4 IPv6; do
        for check in ping tcp dns http; do
            says "$family: check $check .*: fails"
            [ "$(counter ${family}_$check)" -ge 2 ] # they came
        done
        says "gateway vpn: $family: down"
    done
    times 'answers' 0
}

@test "the next of a group takes over while a path is silent, each family by itself, and gives back" {
    daemon "$(gateway vpn 2 "$(checks ping "$PACE")")" "$(gateway lte 3 "$(checks tcp "$PACE")")" \
        'group any { vpn then lte else unreachable }' 'tcp dport 7 via any'
    says 'vpn: IPv6: check .*: answers'
    says 'lte: IPv6: check .*: answers'
    goes_by vpn 4
    goes_by vpn 6
    silence vpn 4
    says 'gateway vpn: IPv4: down \(its checks fail\)'
    goes_by lte 4
    goes_by vpn 6
    silence vpn 6
    says 'gateway vpn: IPv6: down'
    goes_by lte 6
    silence lte both
    says 'gateway lte: IPv4: down'
    says 'gateway lte: IPv6: down'
    refused 4
    refused 6
    logged 'reject vpn, which is down,'
    speak vpn
    says 'gateway vpn: IPv4: up'
    says 'gateway vpn: IPv6: up'
    goes_by vpn 4
    goes_by vpn 6
}

# spread PORT: a datagram of the client's and the router's to each of 60 addresses of either family; prints who took which
spread() {
    local name
    for set in took4 took6; do netns_exec router nft flush set inet t $set; done
    for name in client router; do
        netns_exec $name python3 -c '
import socket, sys
for family, form in (socket.AF_INET, "10.9.2.%d"), (socket.AF_INET6, "fd09:2::%d"):
    for n in range(60):
        socket.socket(family, socket.SOCK_DGRAM).sendto(b"x", (form % (n + 10), int(sys.argv[1])))
' "$1"
    done
    netns_wait 15 all_taken
    taken
}
taken() { for set in took4 took6; do netns_exec router nft list set inet t $set; done | grep -Eo '[0-9a-f.:]+ \. [0-9a-f.:]+ \. "[a-z]+"' | sort; }
all_taken() { [ "$(taken | wc -l)" = 240 ]; }

@test "weights: shares are as they say, client and destination keep their gateway, one that goes and comes moves its share alone" {
    netns_exec router nft -f - <<'END'
table inet t {
    set took4 { type ipv4_addr . ipv4_addr . ifname; flags dynamic; }
    set took6 { type ipv6_addr . ipv6_addr . ifname; flags dynamic; }
    chain c {
        type filter hook postrouting priority 50
        ip daddr 10.9.2.0/24 update @took4 { ip saddr . ip daddr . oifname }
        ip6 daddr fd09:2::/64 update @took6 { ip6 saddr . ip6 daddr . oifname }
    }
}
END
    daemon "$(gateway vpn 2)" "$(gateway lte 3 "$(checks ping "$PACE")")" "$(gateway isp 1)" \
        'group all { vpn weight 2, lte weight 1, isp weight 1 }' 'udp via all'
    says 'lte: IPv6: check .*: answers'
    spread 7 >"$NETNS_DIR/first"
    for path in "vpn 90 150" "lte 40 80" "isp 40 80"; do
        read -r name least most <<<"$path"
        count=$(grep -c "\"$name\"" "$NETNS_DIR/first")
        echo "$name: $count of 240"
        [ "$count" -ge "$least" ] && [ "$count" -le "$most" ]
    done
    spread 8 | diff "$NETNS_DIR/first" - # whatever the ports
    silence lte both
    says 'gateway lte: IPv4: down'
    says 'gateway lte: IPv6: down'
    spread 9 >"$NETNS_DIR/without"
    if grep '"lte"' "$NETNS_DIR/without"; then false; fi
    diff <(grep -v '"lte"' "$NETNS_DIR/first") <(comm -12 "$NETNS_DIR/first" "$NETNS_DIR/without")
    for name in vpn isp; do # both have got some of it
        [ "$(grep -c "\"$name\"" "$NETNS_DIR/without")" -gt "$(grep -c "\"$name\"" "$NETNS_DIR/first")" ]
    done
    speak lte
    says 'gateway lte: IPv4: up'
    says 'gateway lte: IPv6: up'
    spread 10 | diff "$NETNS_DIR/first" -
}

@test "a gateway that is down and alone refuses; else main takes over; both by family" {
    daemon "$(gateway vpn 2 "$(checks ping "$PACE")")" "group open { vpn else main }" 'tcp dport 7 saddr 10.1.0.2 via vpn' \
        'tcp dport 7 via open'
    says 'vpn: IPv6: check .*: answers'
    silence vpn 6
    says 'gateway vpn: IPv6: down'
    goes_by isp 6
    goes_by vpn 4
    silence vpn 4
    says 'gateway vpn: IPv4: down'
    refused 4
}

@test "the family that a gateway does not carry goes as its policy says, while the other one is up" {
    daemon 'gateway vpn { device vpn; address 10.22.0.1; ipv6 unreachable; mark 0x1 }' 'tcp dport 7 via vpn'
    goes_by vpn 4
    refused 6
    sed -i 's/ipv6 unreachable/ipv6 main/' "$NETNS_DIR/rules.d/10.rules"
    kill -HUP "$PATHS_DAEMON"
    says '^nfqroute: reloaded'
    goes_by isp 6
    goes_by vpn 4
    # and the other way round
    printf '%s\n' 'gateway vpn { device vpn; address fd22::1; ipv4 unreachable; mark 0x1 }' 'tcp dport 7 via vpn' >"$NETNS_DIR/rules.d/10.rules"
    kill -HUP "$PATHS_DAEMON"
    netns_wait 15 times '^nfqroute: reloaded' 2
    goes_by vpn 6
    refused 4
}

@test "several checks: one that answers is enough; what is known outlives a reload" {
    daemon "$(gateway vpn 2 "check ping 10.9.0.77 $PACE" "check ping 10.9.0.1 $PACE")" 'tcp dport 7 via vpn'
    says 'check ping 10.9.0.77: fails \(no answer in 250 ms\)'
    times 'gateway vpn: IPv4: down' 0
    goes_by vpn 4
    silence vpn 4
    says 'gateway vpn: IPv4: down'
    echo 'tcp dport 9 main' >>"$NETNS_DIR/rules.d/10.rules"
    kill -HUP "$PATHS_DAEMON"
    says '^nfqroute: reloaded'
    refused 4
    times 'gateway vpn: IPv4: (up|down)' 1
    netns_exec router "${NFQROUTE:-build/nfqroute}" status --json | jq -e '.gateways[0].ipv4 | .downs == 1 and (.up | not)'
    goes_by vpn 6 # has no checks
}

@test "a device that comes back is used when its check has answered, not before" {
    daemon "$(gateway vpn 2 "$(checks ping "$PACE" down 1)")" "$(gateway lte 3)" 'group any { vpn then lte }' \
        'tcp dport 7 via any'
    says 'vpn: IPv6: check .*: answers'
    silence vpn both
    ip -n "$ROUTER" link set vpn down
    says 'gateway vpn: IPv4: down'
    goes_by lte 4
    ip -n "$ROUTER" link set vpn up
    netns_addr router vpn fd22::2/64 || :
    says 'vpn \(.*IPv4: ready, via'
    says 'check ping 10.9.0.1: fails'
    goes_by lte 4
    times 'gateway vpn: IPv4: up' 0
    speak vpn
    says 'gateway vpn: IPv4: up'
    goes_by vpn 4
}

# --- passive checks ---------------------------------------------------------------------------------------------

# Several servers behind every path, each with the port that is asked
servers() {
    local n
    for n in 2 3; do
        netns_addr server lo "10.9.0.$n/32" "fd09::$n/128"
        for path in isp vpn lte; do
            netns_route "${path}_gw" "10.9.0.$n" via "$(hop4 $path)"
            netns_route "${path}_gw" "fd09::$n" via "$(hop6 $path)"
        done
    done
}
hop4() { ip -n "$(netns "$1_gw")" route show 10.9.0.1 | sed 's/.*via \([^ ]*\).*/\1/'; }
hop6() { ip -n "$(netns "$1_gw")" -6 route show fd09::1 | sed 's/.*via \([^ ]*\).*/\1/'; }

# tries PORT ADDRESS...: a SYN to each, at once
tries() {
    netns_exec client python3 -c '
import socket, sys
for address in sys.argv[2:]:
    peer = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    peer.settimeout(0.1)
    try: peer.connect((address, int(sys.argv[1])))
    except OSError: pass
' "$@"
}

# field 4|6 NAME: of the gateway's only check
field() { "$NFQROUTE" status --json | python3 -c '
import json, sys
print(json.load(sys.stdin)["gateways"][0][sys.argv[1]]["checks"][0][sys.argv[2]])' "ipv$1" "$2"; }
field_is() { [ "$(field "$1" "$2")" -ge "$3" ]; }

@test "check passive: what connections show of a gateway; a dead server and a scan are not its fault" {
    servers
    daemon "$(gateway vpn 2 'check passive every 300ms timeout 250ms down 3 up 2')" "$(gateway lte 3)" \
        'group any { vpn then lte }' 'tcp dport { 7, 8 } via any'
    for family in 4 6; do
        if [ $family = 4 ]; then
            net=10.9.0. far=10.9.1. block="netns_exec vpn_gw iptables"
            $block -I FORWARD -d ${far}0/24 -j DROP
        else
            net=fd09:: far=fd09:1:: block="netns_exec vpn_gw ip6tables"
            $block -I FORWARD -d $far/64 -j DROP
        fi
        tries 7 ${net}1 ${net}2 ${net}3
        netns_wait 15 field_is $family answered 3
        [ "$(field $family answer_us)" -gt 0 ]
        tries 8 ${net}1 ${net}2 ${net}3 ${net}1 ${net}2 ${net}3 # refused: no sign of anything
        $block -I FORWARD -d ${net}1 -j DROP
        tries 7 ${net}1 ${net}1 ${net}1 ${net}1 # one server is dead
        netns_wait 15 field_is $family unanswered 4
        tries 7 ${far}1 ${far}2 ${far}3 ${far}4 ${far}5 # somebody tries addresses in turn
        netns_wait 15 field_is $family unanswered 7
        tries 7 ${net}2 # the gateway is asked by what answered last, and goes on
        $block -D FORWARD -d ${net}1 -j DROP
        goes_by vpn $family
    done
    times 'gateway vpn: IPv[46]: down' 0
    times 'check passive: fails' 0
    "$NFQROUTE" status | grep -q 'check passive: well for .*, [0-9]* answered, [0-9]* not, in [0-9.]* ms'
}

@test "check passive: a silent path is noticed by its connections alone, and asked until it answers" {
    servers
    daemon "$(gateway vpn 2 'check passive every 300ms timeout 250ms down 3 up 2')" "$(gateway lte 3)" \
        'group any { vpn then lte }' 'tcp dport 7 via any'
    tries 7 10.9.0.1 10.9.0.2 10.9.0.3 fd09::1 fd09::2 fd09::3
    netns_wait 15 field_is 6 answered 3
    silence vpn both
    tries 7 10.9.0.1 10.9.0.2 10.9.0.3 fd09::1 fd09::2 fd09::3
    says 'IPv4: check passive: fails \(3 destinations in a row have not answered, nor has one that did before\)'
    says 'gateway vpn: IPv4: down \(its checks fail\)'
    says 'gateway vpn: IPv6: down'
    goes_by lte 4
    goes_by lte 6
    speak vpn
    says 'gateway vpn: IPv4: up'
    says 'gateway vpn: IPv6: up'
    goes_by vpn 4
    goes_by vpn 6
}

# led N: so many SYNs for port 7 have left by vpn since sees_syns
sees_syns() {
    netns_exec router nft -f - <<'END'
table inet t {
    counter led { }
    chain c {
        type filter hook postrouting priority 300
        oifname vpn meta l4proto tcp th dport 7 tcp flags & (syn|ack) == syn counter name led
    }
}
END
}
led() { [ "$(counter led)" -ge "$1" ]; }

@test "check passive: what is led on trial, or comes in by the gateway, speaks neither for it nor against it" {
    servers
    sees_syns
    netns_serve router 9
    # The name may still say otherwise: the SYN goes by vpn, but is decided only behind it. 10.9.0.3's is at once.
    daemon "$(gateway vpn 2 'check passive every 300ms timeout 250ms down 3 up 2')" \
        'tcp dport 7 daddr { 10.9.0.3, fd09::3 } via vpn' 'host .other.test main' 'tcp dport 7 via vpn'
    for address in 10.22.0.2 fd22::2; do netns_exec server "$TOOLS/tool_peer" tcp $address 9 1000 20; done
    tries 7 10.9.0.1 10.9.0.2 fd09::1 fd09::2
    netns_wait 15 led 4
    goes_by vpn 4 # decided with its data
    goes_by vpn 6
    for family in 4 6; do [ "$(field $family answered)" = 0 ]; done
    tries 7 10.9.0.3 fd09::3
    for family in 4 6; do netns_wait 15 field_is $family answered 1; done
    silence vpn both
    seen=$(counter led)
    tries 7 10.9.0.1 10.9.0.2 fd09::1 fd09::2
    netns_wait 15 led $((seen + 4))
    tries 7 10.9.0.3 fd09::3
    for family in 4 6; do
        netns_wait 15 field_is $family unanswered 1
        [ "$(field $family unanswered)" = 1 ]
        [ "$(field $family answered)" = 1 ]
    done
    times 'check passive: fails' 0
}

# --- established connections ------------------------------------------------------------------------------------

@test "who only listens hears at once that its connection has ended: forwarded and local, both families" {
    feeds
    daemon "$(gateway vpn 2 "$(checks ping "$PACE")")" 'tcp dport 9 via vpn'
    listen client 10.9.0.1 client4.log
    listen client fd09::1 client6.log
    listen router 10.9.0.1 router4.log
    listen router fd09::1 router6.log
    silence vpn both
    says 'gateway vpn: IPv4: of its connections 2 ended'
    says 'gateway vpn: IPv6: of its connections 2 ended'
    netns_wait 10 netns_logged client4.log 'ended: Connection reset by peer'
    netns_wait 10 netns_logged client6.log 'ended: Connection reset by peer'
    netns_wait 10 netns_logged router4.log 'ended: Software caused connection abort'
    netns_wait 10 netns_logged router6.log 'ended: Software caused connection abort'
    # nothing of them stays for long
    [ "$(entries 4 | grep -c 'mark=125 ')" = 2 ]
    [ "$(entries 4 | awk '$3 > 60' | wc -l)" = 0 ]
    [ "$(entries 6 | awk '$3 > 60' | wc -l)" = 0 ]
}

# listen_all: from the client and the router, by both families
listen_all() {
    feeds
    for name in client router; do
        listen $name 10.9.0.1 ${name}4.log
        listen $name fd09::1 ${name}6.log
    done
}

@test "who only listens hears of the end of its connection when a masqueraded device goes, its entries with it" {
    daemon "$(gateway vpn 2 'masquerade yes')" 'tcp dport 9 via vpn'
    listen_all
    ip -n "$ROUTER" link set vpn down
    says 'gateway vpn: IPv4: down'
    for family in 4 6; do
        netns_wait 15 netns_logged client$family.log 'ended: Connection reset by peer'
        netns_wait 15 netns_logged router$family.log 'ended: Software caused connection abort'
    done
}

@test "who only listens hears of it, or goes on, when the device is back before anybody has noticed" {
    daemon "$(gateway vpn 2 'masquerade yes')" 'tcp dport 9 via vpn'
    listen_all
    kill -STOP "$PATHS_DAEMON"
    ip -n "$ROUTER" link set vpn down
    ip -n "$ROUTER" link set vpn up
    ip -n "$ROUTER" address replace fd22::2/64 dev vpn nodad
    kill -CONT "$PATHS_DAEMON"
    for log in "$NETNS_DIR"/{client,router}[46].log; do
        # what was under way while nobody looked may come yet
        before=$(lines more "$log")
        goes_on_or_ended() { grep -q 'ended: .* \(by peer\|abort\)' "$log" || more_lines more "$log" "$((before + 3))"; }
        netns_wait 15 goes_on_or_ended
    done
}

@test "on-down keep: connections wait for the gateway to come back" {
    feeds
    daemon "$(gateway vpn 2 "$(checks ping "$PACE")" 'on-down keep')" 'tcp dport 9 via vpn'
    listen client 10.9.0.1 client4.log
    listen client fd09::1 client6.log
    silence vpn both
    says 'gateway vpn: IPv4: down'
    says 'gateway vpn: IPv6: down'
    speak vpn
    says 'gateway vpn: IPv4: up'
    says 'gateway vpn: IPv6: up'
    before=$(netns_bytes router vpn rx)
    # shellcheck disable=SC2317 # netns_wait calls it
    more() { [ $(($(netns_bytes router vpn rx) - before)) -gt 20000 ]; }
    netns_wait 10 more
    not netns_logged client4.log ended
    not netns_logged client6.log ended
}

@test "connections whose address nobody translates move to the next of the group, and stay there" {
    # the paths' gateways know the way back to the client
    netns_exec router iptables -t nat -F POSTROUTING
    netns_exec router ip6tables -t nat -F POSTROUTING
    feeds
    for path in vpn lte; do
        netns_exec ${path}_gw iptables -t nat -F POSTROUTING
    done
    daemon "$(gateway vpn 2 "$(checks ping "$PACE")")" "$(gateway lte 3)" 'group any { vpn then lte }' \
        'tcp dport 9 via any'
    listen client 10.9.0.1 client4.log
    listen client fd09::1 client6.log
    entries 4 | grep -q 'mark=1 '
    silence vpn both
    says 'gateway vpn: IPv4: of its connections 0 ended, 1 moved to lte'
    says 'gateway vpn: IPv6: of its connections 0 ended, 1 moved to lte'
    entries 4 | grep -q 'mark=2 '
    entries 6 | grep -q 'mark=2 '
    before=$(netns_bytes router lte tx)
    # shellcheck disable=SC2317 # netns_wait calls it
    more() { [ $(($(netns_bytes router lte tx) - before)) -gt 2000 ]; }
    netns_wait 10 more # the client's acknowledgements
    not netns_logged client4.log ended
    speak vpn
    says 'gateway vpn: IPv4: up'
    entries 4 | grep -q 'mark=2 '
}

@test "on-up reset: what went to the next of the group is ended when the gateway is back" {
    feeds
    daemon "$(gateway vpn 2 "$(checks ping "$PACE")" 'on-up reset')" "$(gateway lte 3)" 'group any { vpn then lte }' \
        'tcp dport 9 via any'
    silence vpn both
    says 'gateway vpn: IPv4: down'
    says 'gateway vpn: IPv6: down'
    listen client 10.9.0.1 client4.log
    listen client fd09::1 client6.log
    entries 4 | grep -q 'mark=2 '
    speak vpn
    netns_wait 15 netns_logged client4.log 'ended: Connection reset by peer'
    netns_wait 15 netns_logged client6.log 'ended: Connection reset by peer'
}

@test "UDP goes on by the next of the group" {
    daemon "$(gateway vpn 2 "$(checks ping "$PACE")")" "$(gateway lte 3)" 'group any { vpn then lte }' \
        'udp dport 7 via any'
    netns_spawn client traffic.log "$TOOLS/tool_traffic" 10.9.0.1 7 20
    netns_wait 15 netns_logged traffic.log ready
    silence vpn both
    says 'gateway vpn: IPv4: of its connections 0 ended, 0 moved to lte, [1-9][0-9]* begin anew'
    before=$(netns_bytes router lte rx)
    more() { [ $(($(netns_bytes router lte rx) - before)) -gt 5000 ]; }
    netns_wait 15 more
}
