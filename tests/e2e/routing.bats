# SPDX-License-Identifier: GPL-2.0-or-later
#
# routing.bats - routes and rules of the gateways in the kernel: put in, adopted, mended, taken out, for both families
#
#     router == isp ==> net       10.9.0.1, fd09::1 behind both; main goes by isp
#            == vpn ==>
#
# The program under test is tests/e2e/tool_routing.c, which does what the daemon does with its gateways; the last
# tests are of the daemon itself.

bats_require_minimum_version 1.5.0
load ../lib/netns
load ../lib/wires

SERVER4=10.9.0.1 SERVER6=fd09::1
VPN="gateway vpn table=2 mark=0x9 priority=10 hop4=10.3.0.2 hop6=fd03::2"
VPN_DEVICE="gateway vpn table=2 mark=0x9 priority=10 device=vpn hop4=10.3.0.2 hop6=fd03::2"
LTE="gateway lte table=8301 mark=0xa priority=20 hop4=10.2.0.9 hop6=fd02::9"

NFQROUTE=${NFQROUTE:-build/nfqroute}
TOOL=$(dirname "$NFQROUTE")/tests/e2e/tool_routing

unwire() { ip -n "$(netns router)" link del "$1"; }

setup() {
    netns_begin
    wires_begin net
    ROUTER=$(netns router)
    LOG=$NETNS_DIR/routing.log
}

teardown() {
    [ -n "$BATS_TEST_COMPLETED" ] || { tail -n 30 "$LOG"; everything; }
    netns_end
}

# --- the tool ---

# start: the tool runs in router; its commands come by file descriptor 7
start() {
    rm -f "$NETNS_DIR/commands"
    mkfifo "$NETNS_DIR/commands"
    # shellcheck disable=SC2016 # expanded by the inner shell
    netns_spawn router routing.log bash -c 'exec "$0" <"$1"' "$TOOL" "$NETNS_DIR/commands"
    exec 7>"$NETNS_DIR/commands"
    : >>"$LOG"
    netns_wait 15 netns_logged routing.log '^open'
}

# says TEXT: the last run's output holds it
# shellcheck disable=SC2154 # output is set by run
says() { grep -qF -- "$1" <<<"$output" || { echo "not said: $1"; echo "$output"; return 1; } >&2; }

answers() { grep -c '^done' "$LOG" || :; }
more_answers() { [ "$(answers)" -gt "$1" ]; }

# drive COMMAND...: each is one line; prints what the last one answered
drive() {
    local command before lines
    for command; do
        before=$(answers)
        lines=$(wc -l <"$LOG")
        echo "$command" >&7
        netns_wait 10 more_answers "$before"
    done
    tail -n +$((lines + 1)) "$LOG"
}

applies() { drive "$@" apply | grep -qx applied; }

more_lines() { [ "$(wc -l <"$NETNS_DIR/$1")" -gt "$2" ]; }

# kill9: the tool dies without a word
kill9() {
    netns_stop "$NETNS_PID" KILL
    exec 7>&-
    : >"$LOG"
}

# --- what is there ---

both() { ip -n "$ROUTER" "$@" && ip -n "$ROUTER" -6 "$@"; }
rules() { both rule; }
# A table that never had a route is an error to ip.
table() { both route show table "$1" 2>/dev/null || :; }
everything() { rules; both route show table all; }

# takes ADDRESS MARK DEVICE: packets to the address with this mark leave by the device
takes() { ip -n "$ROUTER" route get "$1" mark "$2" | grep -q " dev $3 "; }
all_take() { takes "$SERVER4" "$1" "$2" && takes "$SERVER6" "$1" "$2"; }
# refused MARK: packets to the server with this mark are refused
refused() {
    local to
    for to in "$SERVER4" "$SERVER6"; do
        ip -n "$ROUTER" route get "$to" mark "$1" 2>&1 | grep -Eqi 'no route to host|unreachable' || return
    done
}
refused4() { ip -n "$ROUTER" route get "$SERVER4" mark "$1" 2>&1 | grep -Eqi 'no route to host|unreachable'; }
# absent REGEX: no line of the input matches
absent() { ! grep -E -- "$1" >&2; }
leaves() { ! takes "$@"; }
# specials TABLE: its IPv6 routes but the default ones, as far as gateways' packets can have such a destination
specials() { ip -n "$ROUTER" -6 route show table "$1" | sed 's/ proto [a-z0-9]*//' | grep -Ev '^(unreachable )?default|^fe80:' | sort; }
copied() { [ "$(specials main)" = "$(specials 2)" ]; }
complete() {
    [ "$(rules | grep -c 'fwmark 0x9/0x7f lookup main suppress_prefixlength 0')" = 1 ] &&
        copied &&
        [ "$(rules | grep -c 'fwmark 0x9/0x7f lookup 2')" = 2 ] &&
        [ "$(table 2 | grep -c 'unreachable default')" = 2 ] &&
        [ "$(table 2 | grep -c '^default via')" = 2 ]
}
state_is() { drive state | grep -qx "$1"; }

# --- tests ---

@test "put in and taken out: everything is as before, to the byte" {
    everything >"$NETNS_DIR/before"
    start
    applies "$VPN" "$LTE"
    complete
    all_take 9 vpn
    all_take 0x89 vpn   # the open bit does not matter
    all_take 0xf09 vpn  # nor do bits of others
    all_take 10 isp
    all_take 0 isp
    drive prune remove
    everything | diff "$NETNS_DIR/before" -
}

@test "the same apply again changes nothing" {
    start
    applies "$VPN" "$LTE"
    everything >"$NETNS_DIR/before"
    netns_spawn router monitor.log ip monitor route rule
    sleep 0.3
    applies "$VPN" "$LTE"
    drive prune
    sleep 0.3
    [ ! -s "$NETNS_DIR/monitor.log" ]
    everything | diff "$NETNS_DIR/before" -
}

@test "marked packets to the LAN stay in the LAN, those of others see no difference" {
    start
    applies "$VPN_DEVICE"
    takes 10.2.0.7 9 isp
    takes fd02::7 9 isp
    all_take 0x7f isp # decided for main
    all_take 1 isp
}

# A route to one address beside main's default one is what the kernel makes of a Packet Too Big or a redirect.
@test "IPv6: a gateway's table follows main's routes, and has nothing of what was learned beside the default one" {
    start
    applies "$VPN" "$LTE"
    : >"$NETNS_DIR/said"
    netns_route router fd07::/48 dev isp
    netns_route router fd08::/48 via fd02::9 metric 77
    netns_route router unreachable fd09:9::/48
    netns_route router fd0a::/48 nexthop via fd02::9 nexthop via fd02::8
    netns_route router fd0b::/48 dev isp mtu 1300
    netns_wait 10 takes fd08::1 9 isp
    # shellcheck disable=SC2016 # by eval
    netns_wait 10 eval 'ip -n "$ROUTER" -6 route show table 2 | grep -q "^throw fd0b::/48"'
    for prefix in fd07:: fd08:: fd0a:: fd0b::; do takes "${prefix}1" 9 isp; takes "${prefix}1" 10 isp; done
    run ! ip -n "$ROUTER" route get fd09:9::1 mark 9
    ip -n "$ROUTER" -6 route show table 2 | grep -q '^throw fd0a::/48'
    absent 'somebody removed' <"$LOG"
    ip -n "$ROUTER" -6 route del fd07::/48
    ip -n "$ROUTER" -6 route del unreachable fd09:9::/48
    netns_wait 10 takes fd07::1 9 vpn
    netns_wait 10 takes fd09:9::1 9 vpn
    ip -n "$ROUTER" link set isp down # main's routes by it and their copies go at once
    for prefix in fd07:: fd08:: fd0a:: fd0b::; do netns_wait 10 takes "${prefix}1" 9 vpn; done
    ip -n "$ROUTER" link set isp up
    netns_addr router isp fd02::1/64
    netns_wait 10 complete
    drive remove
    specials 2 | absent .
}

@test "IPv6: more routes in main than can be copied: said, and main itself is asked for them" {
    start
    applies "$VPN"
    for i in $(seq 130); do echo "route add fd07:$i::/32 dev isp"; done | ip -n "$ROUTER" -6 -batch -
    netns_wait 10 netns_logged routing.log 'the main table has more than 128 IPv6 routes'
    netns_wait 10 eval 'rules | grep -c "suppress_prefixlength 0" | grep -qx 2'
    netns_wait 10 eval 'specials 2 | absent .'
    takes fd07:130::1 9 isp
    all_take 9 vpn
    absent 'put back' <"$LOG"
    for i in $(seq 130); do echo "route del fd07:$i::/32 dev isp"; done | ip -n "$ROUTER" -6 -batch -
    ip -n "$ROUTER" rule del pref 10 # whatever has it look again
    netns_wait 10 complete
    [ "$(grep -c 'more than 128' "$LOG")" = 1 ]
    drive remove
    specials 2 | absent .
}

@test "lookups of marked packets are those of the 2013 script" {
    netns_add script
    netns_link script isp net isp2
    netns_link script vpn net vpn2
    netns_addr script isp 10.2.0.1/24 fd02::1/64
    netns_addr script vpn 10.3.0.1/24 fd03::1/64
    netns_route script default via 10.2.0.2
    netns_route script default via fd02::2
    for family in -4 -6; do
        hop=10.3.0.2
        [ "$family" = -4 ] || hop=fd03::2
        ip -n "$(netns script)" $family route add default via $hop table 2
        ip -n "$(netns script)" $family rule add fwmark 9 pref 10 lookup 2
    done
    start
    applies "$VPN"
    for to in 10.9.0.1 10.200.0.1 192.168.77.5 fd09::1 2001:db8::1; do
        for mark in 0 1 9 8; do
            diff <(ip -n "$(netns script)" route get $to mark $mark | sed 's/uid.*//') \
                <(ip -n "$ROUTER" route get $to mark $mark | sed 's/uid.*//; s/ proto 83//')
        done
    done
    # Ours are the script's, and the two guards with them.
    script=$(ip -n "$(netns script)" rule | sed -n 's/fwmark 0x9 lookup/fwmark 0x9\/0x7f lookup/; /fwmark/p')
    ip -n "$ROUTER" rule | grep -qF "$script"
    ip -n "$ROUTER" route show table 2 | grep -qF "$(ip -n "$(netns script)" route show table 2)"
    [ "$(ip -n "$ROUTER" route show table 2 | wc -l)" = 2 ]
}

@test "what a user has set up in the same way is adopted, and stays" {
    netns_route router default via 10.3.0.2 table 2
    netns_route router default via fd03::2 table 2 metric 50
    both rule add fwmark 0x9/0x7f pref 10 lookup 2
    everything >"$NETNS_DIR/before"
    start
    applies "$VPN"
    complete
    table 2 | absent '^default.*proto 83'
    [ "$(rules | grep -c 'lookup 2$')" = 2 ]
    drive prune remove
    everything | diff "$NETNS_DIR/before" -
}

@test "adopted ones are replaced by ours when their owner removes them" {
    netns_route router default via 10.3.0.2 table 2
    start
    applies "$VPN"
    ip -n "$ROUTER" route del default table 2 via 10.3.0.2
    netns_wait 10 complete
    table 2 | grep -q 'default via 10.3.0.2 dev vpn proto 83'
}

@test "a default route of somebody else in the table: an error that says what to do, nothing is changed" {
    for route in "-4 via 10.2.0.9" "-6 via fd02::9" "-4 dev isp metric 700"; do
        family=${route%% *}
        # shellcheck disable=SC2086 # to be split
        ip -n "$ROUTER" "$family" route add default ${route#* } table 2
        everything >"$NETNS_DIR/before"
        start
        run drive "$VPN" "$LTE" apply
        says "gateway vpn (10-test.rules:1): table 2 already has the IPv${family#-} route \"default ${route#* }"
        says "that is not ours; remove it (ip "
        says "table 2) or give the gateway another table"
        everything | diff "$NETNS_DIR/before" -
        kill9
        # The advice is one that works.
        command=${output#*remove it (ip } command=${command%%)*}
        # shellcheck disable=SC2086 # to be split
        ip -n "$ROUTER" $command
        table 2 | absent .
    done
}

@test "a default route of somebody else put in while we run is not removed, and said" {
    start
    applies "$VPN"
    ip -n "$ROUTER" route replace default via 10.2.0.9 table 2
    netns_wait 10 netns_logged routing.log 'table 2 already has the IPv4 route "default via 10.2.0.9'
    netns_wait 10 state_is "vpn ipv4 down ipv6 up"
    table 2 | grep -q 'default via 10.2.0.9'
    ip -n "$ROUTER" route del default via 10.2.0.9 table 2
    netns_wait 10 complete
    state_is "vpn ipv4 up ipv6 up"
}

@test "a default route of somebody else that takes the place of a vanished device is said" {
    start
    applies "$VPN_DEVICE"
    ip -n "$ROUTER" -6 route add default via fd02::9 table 2 metric 2000 # behind ours: no harm yet
    sleep 0.2
    state_is "vpn ipv4 up ipv6 up"
    unwire vpn
    netns_wait 10 netns_logged routing.log 'table 2 already has the IPv6 route "default via fd02::9'
    [ "$(grep -c 'already has' "$LOG")" = 1 ]
    state_is "vpn ipv4 down ipv6 down"
    ip -n "$ROUTER" -6 route del default via fd02::9 table 2
    wire vpn 3
    netns_wait 10 complete
}

@test "a table of the system's own is refused" {
    start
    everything >"$NETNS_DIR/before"
    run drive "gateway vpn table=254 mark=0x9 priority=10 hop4=10.3.0.2" apply
    says "gateway vpn (10-test.rules:1): table 254 is the system's own"
    everything | diff "$NETNS_DIR/before" -
}

@test "a device that comes later is taken, with what it has" {
    unwire vpn
    start
    applies "$VPN_DEVICE"
    netns_logged routing.log 'IPv4: device vpn does not exist'
    refused 9
    state_is "vpn ipv4 down ipv6 down"
    wire vpn 3
    netns_wait 10 complete
    all_take 9 vpn
    state_is "vpn ipv4 up ipv6 up"
    [ "$(drive "device vpn" | head -1)" = "device vpn" ]
}

@test "a point-to-point device is enough, each family with its address" {
    need tun
    start
    applies "gateway vpn table=2 mark=0x9 priority=10 device=tun9"
    ip -n "$ROUTER" tuntap add tun9 mode tun
    ip -n "$ROUTER" link set tun9 up
    netns_wait 10 netns_logged routing.log 'IPv4: device tun9 has no address of this family'
    refused 9
    netns_addr router tun9 10.8.0.1/32
    netns_wait 10 takes "$SERVER4" 9 tun9
    state_is "vpn ipv4 up ipv6 down"
    netns_addr router tun9 fd08::1/128
    netns_wait 10 all_take 9 tun9
    state_is "vpn ipv4 up ipv6 up"
    ip -n "$ROUTER" address del fd08::1/128 dev tun9
    netns_wait 10 state_is "vpn ipv4 up ipv6 down"
    leaves "$SERVER6" 9 tun9
}

@test "a device that vanishes leaves no leak, time and again" {
    need ping nft
    netns_exec net nft -f - <<'END'
table inet t {
    counter leak4 { }
    counter leak6 { }
    chain c {
        type filter hook input priority 0
        iifname isp ip daddr 10.9.0.1 counter name leak4
        iifname isp ip6 daddr fd09::1 counter name leak6
    }
}
END
    start
    applies "$VPN_DEVICE"
    netns_spawn router ping4.log timeout 20 stdbuf -oL ping -n -m 9 -i 0.002 "$SERVER4"
    netns_spawn router ping6.log timeout 20 stdbuf -oL ping -n -m 9 -i 0.002 "$SERVER6"
    netns_wait 10 netns_logged ping4.log 'bytes from'
    netns_wait 10 netns_logged ping6.log 'bytes from'
    for i in 1 2 3 4 5 6 7 8; do
        ip -n "$ROUTER" link set vpn down
        netns_wait 10 state_is "vpn ipv4 down ipv6 down"
        refused 9
        unwire vpn
        wire vpn 3
        netns_wait 10 state_is "vpn ipv4 up ipv6 up"
    done
    # They have been sending all the time.
    count4=$(wc -l <"$NETNS_DIR/ping4.log") count6=$(wc -l <"$NETNS_DIR/ping6.log")
    netns_wait 10 more_lines ping4.log "$count4"
    netns_wait 10 more_lines ping6.log "$count6"
    # What is not marked is counted there: the counters work.
    [ "$(netns_exec net nft list counters | grep -c 'packets 0 ')" = 2 ]
    netns_exec router ping -n -c 1 -W 1 "$SERVER4"
    netns_exec router ping -n -c 1 -W 1 "$SERVER6"
    [ "$(netns_exec net nft list counters | grep -c 'packets 1 ')" = 2 ]
}

@test "a next hop that is not reachable waits for its route" {
    start
    applies "gateway vpn table=2 mark=0x9 priority=10 hop4=10.77.0.2 hop6=fd77::2"
    netns_logged routing.log 'warning: .*IPv4: next hop 10.77.0.2 is not reachable'
    netns_logged routing.log 'warning: .*IPv6: next hop fd77::2 is not reachable'
    refused 9
    netns_addr router vpn 10.77.0.1/24 fd77::1/64
    netns_wait 10 all_take 9 vpn
    ip -n "$ROUTER" link set vpn down # and its routes go
    netns_wait 10 state_is "vpn ipv4 down ipv6 down"
    refused 9
    for hop in 'IPv4: next hop 10.77.0.2' 'IPv6: next hop fd77::2'; do
        [ "$(grep -c "$hop is not reachable" "$LOG")" = 2 ] # once each time, however many events there were
    done
    # Any other way to it will do.
    netns_route router 10.77.0.2/32 dev isp
    netns_route router fd77::2/128 dev isp
    netns_wait 10 all_take 9 isp
}

# As with a laptop that changes networks: the device stays up, and the next hop is on another link, or on none.
@test "a next hop that is on another link now: followed if it has no device, refused if it has, or where it is on none" {
    lies() { # DEVICE del|add: the network of the next hop
        printf 'address %s %s dev %s\n' "$2" 10.3.0.1/24 "$1" "$2" "fd03::1/64" "$1" | ip -n "$ROUTER" -batch -
    }
    start
    applies "$VPN"
    drive prune
    all_take 9 vpn
    netns_addr router vpn 10.77.0.1/24 fd77::1/64 # without any, the kernel takes all routes by it away
    lies vpn del
    netns_wait 10 refused 9
    netns_wait 10 state_is "vpn ipv4 down ipv6 down"
    lies isp add
    netns_wait 10 all_take 9 isp
    netns_wait 10 complete
    # on both: the one that main takes
    lies vpn add
    lies isp del
    netns_wait 10 all_take 9 vpn
    # while nobody looks
    kill9
    lies vpn del
    lies isp add
    start
    applies "$VPN"
    drive prune
    netns_wait 10 all_take 9 isp
    absent 'put back|error' <"$LOG"
    # A device in writing is not left for another.
    applies "$VPN_DEVICE"
    drive prune
    netns_wait 10 refused 9
    lies vpn add
    netns_wait 10 all_take 9 vpn
    lies vpn del
    netns_wait 10 refused 9
}

@test "all rules are flushed, main's as well: gateways keep their next hops meanwhile" {
    ours() { [ "$(rules | grep -c fwmark)" = 3 ]; }
    for gateway in "$VPN" "$VPN_DEVICE"; do
        start
        applies "$gateway"
        drive prune
        both rule flush
        netns_wait 10 ours
        state_is "vpn ipv4 up ipv6 up"
        [ "$(table 2 | grep -c 'default via')" = 2 ]
        absent 'not reachable' <"$LOG"
        both rule add lookup main priority 32766
        kill9
    done
}

@test "a default route by a nexthop object, adopted: the object goes, and ours takes its place" {
    ip -n "$ROUTER" nexthop add id 4 via 10.3.0.2 dev vpn
    ip -n "$ROUTER" nexthop add id 6 via fd03::2 dev vpn
    ip -n "$ROUTER" route add default nhid 4 table 2
    ip -n "$ROUTER" -6 route add default nhid 6 table 2
    start
    applies "$VPN_DEVICE"
    drive prune
    [ "$(table 2 | grep -c 'default nhid')" = 2 ]
    ip -n "$ROUTER" nexthop del id 4 # IPv4's alone: of that route the kernel says nothing
    netns_wait 10 takes "$SERVER4" 9 vpn
    ip -n "$ROUTER" nexthop del id 6
    netns_wait 10 all_take 9 vpn
    netns_wait 10 complete
}

@test "IPv6: routes of main by nexthop objects alone stay main's" {
    netns_sysctl router net.ipv4.nexthop_compat_mode=0
    ip -n "$ROUTER" nexthop add id 6 via fd02::2 dev isp
    start
    applies "$VPN"
    ip -n "$ROUTER" -6 route add fd07::/32 nhid 6
    netns_wait 10 takes fd07::1 9 isp
    specials 2 | grep -q '^throw fd07::/32'
    ip -n "$ROUTER" -6 route del fd07::/32
    netns_wait 10 takes fd07::1 9 vpn
}

@test "on-link next hops need no address of theirs" {
    start
    applies "gateway vpn table=2 mark=0x9 priority=10 device=vpn hop4=100.64.0.1 hop6=fd64::1 onlink"
    all_take 9 vpn
    table 2 | grep -q 'default via 100.64.0.1 dev vpn proto 83 onlink'
}

@test "policies of a family: main installs nothing, unreachable refuses" {
    start
    applies "gateway vpn table=2 mark=0x9 priority=10 hop4=10.3.0.2 ipv6=main"
    takes "$SERVER4" 9 vpn
    takes "$SERVER6" 9 isp
    ip -n "$ROUTER" -6 rule | absent fwmark
    everything | absent 'unreachable default dev lo'
    state_is "vpn ipv4 up ipv6 up"
    applies "gateway vpn table=2 mark=0x9 priority=10 ipv4=unreachable hop6=fd03::2"
    drive prune
    refused4 9
    takes "$SERVER6" 9 vpn
    takes 10.2.0.7 9 isp
    state_is "vpn ipv4 down ipv6 up"
}

@test "reload with other gateways: the new ones first, the old ones until pruned" {
    start
    applies "$VPN" "$LTE"
    applies "gateway vpn table=2 mark=0x9 priority=10 hop4=10.3.0.2 hop6=fd03::2" \
        "gateway third table=8302 mark=0xb priority=30 hop4=10.3.0.77 hop6=fd03::77"
    all_take 10 isp
    rules | grep -q 'lookup 8301'
    all_take 11 vpn
    drive prune
    everything | absent 8301
    complete
    # A next hop is exchanged in place, also a priority and a mark.
    applies "gateway vpn table=2 mark=0x19 priority=11 hop4=10.2.0.9 hop6=fd02::9"
    drive prune
    all_take 0x19 isp
    [ "$(rules | grep -c fwmark)" = 3 ]
    [ "$(table 2 | wc -l)" = 6 ]
}

@test "a request that fails in the middle undoes those before it" {
    both route add blackhole default metric 2000000000 table 8301 # stands where our unreachable route would
    everything >"$NETNS_DIR/before"
    start
    run drive "$VPN" "$LTE" apply
    says "error: gateway lte (10-test.rules:2): cannot add IPv4 route unreachable default"
    says "table 8301: File exists"
    everything | diff "$NETNS_DIR/before" -
    # And one that replaces: back to the route of before.
    applies "$VPN"
    everything >"$NETNS_DIR/before"
    run drive "gateway vpn table=2 mark=0x9 priority=10 hop4=10.3.0.99 hop6=fd03::99" "$LTE" apply
    says "error: gateway lte"
    everything | diff "$NETNS_DIR/before" -
    state_is "vpn ipv4 up ipv6 up"
}

@test "killed and started again: adopted as it is, corrected where rules have changed" {
    everything >"$NETNS_DIR/before"
    start
    applies "$VPN" "$LTE"
    everything >"$NETNS_DIR/killed"
    kill9
    everything | diff "$NETNS_DIR/killed" - # routes on without us
    start
    applies "$VPN" "$LTE"
    everything | diff "$NETNS_DIR/killed" -
    kill9
    ip -n "$ROUTER" rule del pref 10
    start
    applies "$VPN"
    drive prune
    complete
    everything | absent 8301
    drive remove
    everything | diff "$NETNS_DIR/before" -
}

@test "what others remove is put back" {
    start
    applies "$VPN"
    both route flush table 2
    netns_wait 10 complete
    all_take 9 vpn
    both rule flush
    both rule add pref 32766 lookup main # without it no next hop can be found
    netns_wait 10 complete
    ip -n "$ROUTER" rule del pref 9
    ip -n "$ROUTER" -6 route del fd02::/64 table 2
    ip -n "$ROUTER" -6 rule del pref 10
    netns_wait 10 complete
    ip -n "$ROUTER" route del default table 2 via 10.3.0.2
    netns_wait 10 complete
    netns_logged routing.log 'put back what somebody removed: IPv4 rule 9'
    netns_logged routing.log 'put back what somebody removed: IPv6 route fd02::/64 dev isp'
    drive remove
    rules | absent fwmark
    sleep 0.3 # nothing is put back any more
    rules | absent fwmark
}

@test "who removes ours again and again is answered ever more rarely" {
    start
    applies "$VPN"
    end=$((SECONDS + 4)) removed=0
    while [ $SECONDS -lt $end ]; do
        ! ip -n "$ROUTER" rule del pref 10 2>/dev/null || removed=$((removed + 1))
        sleep 0.01
    done
    netns_logged routing.log 'somebody keeps removing our routes or rules; looking again in [0-9]+ ms'
    # Answered at each look it would be some 80 times.
    [ "$removed" -ge 5 ]
    [ "$removed" -le 15 ]
    netns_wait 10 complete
}

@test "more events than the socket holds: nothing is missed" {
    start
    applies "$VPN"
    kill -s STOP "$NETNS_PID"
    for i in $(seq 1 250); do for k in $(seq 1 40); do echo "route add 10.$((100 + k)).$i.0/24 dev isp"; done; done |
        ip -n "$ROUTER" -batch -
    ip -n "$ROUTER" rule del pref 10
    ip -n "$ROUTER" link set vpn name tun7
    kill -s CONT "$NETNS_PID"
    netns_wait 15 complete
    [ "$(drive "device tun7" | head -1)" = "device tun7" ]
}

@test "lists that change while they are read are read again" {
    # shellcheck disable=SC2016 # expanded by the inner shell
    netns_spawn router churn.log bash -c '
        for i in $(seq 1 400); do
            for k in $(seq 1 50); do echo "route add 10.$((100 + k)).7.0/24 dev isp table 3"
                echo "rule add pref $((1000 + k)) fwmark $k lookup 3"; done
            echo "route flush table 3"
            for k in $(seq 1 50); do echo "rule del pref $((1000 + k))"; done
        done | timeout 8 ip -batch -'
    churn=$NETNS_PID
    start
    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
        applies "$VPN"
        drive prune
        complete
        applies "$LTE"
        drive prune
        [ "$(rules | grep -c 'proto 83')" = 3 ]
    done
    netns_stop "$churn"
}

@test "without the right to change routes: says so" {
    need setpriv
    everything >"$NETNS_DIR/before"
    run netns_exec router setpriv --bounding-set=-net_admin --inh-caps=-net_admin "$TOOL" <<<"$VPN
apply"
    says "error: gateway vpn (10-test.rules:1): cannot add IPv4 route unreachable default"
    says "not permitted; run as root or with CAP_NET_ADMIN"
    everything | diff "$NETNS_DIR/before" -
}

# --- the daemon ---

# daemon RULES [RT_TABLES]: starts it with these rules, and with an /etc/iproute2 that holds this or nothing
daemon() {
    echo "$1" >"$NETNS_DIR/10-rtmp.rules"
    # shellcheck disable=SC2016 # expanded by the inner shell
    netns_spawn router routing.log unshare --mount bash -c '
        mount -t tmpfs none /etc/iproute2
        [ -z "$3" ] || echo "$3" >/etc/iproute2/rt_tables
        exec "$1" -q 0 -r "$2"' daemon "$NFQROUTE" "$NETNS_DIR/10-rtmp.rules" "$2"
    netns_wait 10 netns_logged routing.log 'ready:'
}

SCRIPT_2013='gateway vpn { address 10.3.0.2; address fd03::2; table vpn; mark 0x9; priority 10 }
tcp dport 1935 via vpn
udp dport 1935 via vpn'

@test "daemon: the 2013 script's table by its name" {
    need xt-queue
    everything >"$NETNS_DIR/before"
    daemon "$SCRIPT_2013" "2 vpn"
    complete
    all_take 9 vpn
    netns_stop "$NETNS_PID"
    everything | diff "$NETNS_DIR/before" -
}

@test "daemon: no rt_tables" {
    need xt-queue
    everything >"$NETNS_DIR/before"
    daemon "$SCRIPT_2013"
    netns_logged routing.log "no routing table is named 'vpn'"
    all_take 9 vpn
    netns_stop "$NETNS_PID"
    everything | diff "$NETNS_DIR/before" -
}

@test "daemon: killed, and started with other gateways" {
    need xt-queue
    everything >"$NETNS_DIR/before"
    daemon "$SCRIPT_2013" "2 vpn"
    netns_stop "$NETNS_PID" KILL
    complete
    : >"$LOG"
    daemon 'gateway other { address 10.2.0.9; address fd02::9 }'
    everything | absent 'table 2 '
    [ "$(rules | grep -c fwmark)" = 3 ]
    netns_stop "$NETNS_PID"
    everything | diff "$NETNS_DIR/before" -
}

@test "daemon: a foreign default route ends the start, and nothing is left" {
    need xt-queue
    netns_route router default via 10.2.0.9 table 2
    everything >"$NETNS_DIR/before"
    echo "${SCRIPT_2013/table vpn/table 2}" >"$NETNS_DIR/10-rtmp.rules"
    run netns_exec router timeout 10 "$NFQROUTE" -q 0 -r "$NETNS_DIR/10-rtmp.rules"
    [ "$status" = 1 ]
    says '10-rtmp.rules:1): table 2 already has the IPv4 route "default via 10.2.0.9 dev isp" that is not ours'
    everything | diff "$NETNS_DIR/before" -
}
