# SPDX-License-Identifier: GPL-2.0-or-later
#
# daemon.bats - the running daemon from end to end: what it decides, what it keeps, what it survives, what it leaves
#
#     client -- router == isp ==> server      10.9.0.1, fd09::1, by two ways
#                      == vpn ==>
#
# The server echoes on port 7, which the rules send by vpn, and on port 8, which nothing speaks of.

load ../lib/netns
load ../lib/traffic
load ../lib/wires

SERVERS=(10.9.0.1 fd09::1)
NFQROUTE=${NFQROUTE:-build/nfqroute}
TOOLS=$(dirname "$NFQROUTE")/tests/e2e
VPN='gateway vpn { address 10.3.0.2; address fd03::2; mark 0x3 }'
QUEUES='NFQUEUE|queue flags bypass to' # by iptables, by nft
PORTS='tcp dport 7 via vpn; udp dport 7 via vpn'

# Somebody else's. All chains are named, because iptables keeps those it once made for good.
FIREWALL='*raw
:PREROUTING ACCEPT
:OUTPUT ACCEPT
COMMIT
*mangle
:PREROUTING ACCEPT
:INPUT ACCEPT
:FORWARD ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
-A FORWARD -j MARK --set-xmark 0x4000/0x4000
COMMIT
*filter
:INPUT ACCEPT
:FORWARD ACCEPT
:OUTPUT ACCEPT
-A INPUT -p tcp --dport 9 -j REJECT
COMMIT'

setup() {
    need xt-queue conntrack
    netns_begin
    wires_begin server
    wires_client
    for restore in iptables-restore ip6tables-restore; do
        netns_exec router $restore <<<"$FIREWALL"
    done
    netns_serve server 7 8
    mkdir "$NETNS_DIR/rules.d"
}

teardown() {
    [ -n "$BATS_TEST_COMPLETED" ] || tail -n 30 "$NETNS_DIR/nfqroute.log"
    netns_end
}

# rules LINE...: what is in rules.d from now on
rules() {
    printf '%s\n' "$@" >"$NETNS_DIR/rules.d/10-test.rules"
}

# daemon [OPTION...]: started and ready; its id is in $DAEMON
daemon() {
    netns_spawn router nfqroute.log "$NFQROUTE" -v -r "$NETNS_DIR/rules.d" "${@:--q0}"
    DAEMON=$NETNS_PID
    netns_wait 20 netns_logged nfqroute.log '^nfqroute: ready'
}

# logged REGEX: how many lines of the daemon's log match
logged() { grep -Ec -- "$1" "$NETNS_DIR/nfqroute.log"; }

more_logged() { [ "$(logged "$1")" -gt "$2" ]; }

# reload REGEX: SIGHUP, and waits for its outcome in the log
reload() {
    local before
    before=$(logged "$1") || :
    kill -HUP "$DAEMON"
    netns_wait 20 more_logged "$1" "$before"
}

RELOADED='^nfqroute: reloaded'
REFUSED='^nfqroute: error: not reloaded'

# peer PROTOCOL ADDRESS PORT BYTES [ROUNDS]: from the client
peer() { netns_exec client "$TOOLS/tool_peer" "$@"; }

# bytes_by DEVICE COMMAND...: what the router sends by the device while the command runs
bytes_by() {
    local device=$1 before
    shift
    before=$(netns_bytes router "$device" tx)
    "$@" >&2 || return
    echo $(($(netns_bytes router "$device" tx) - before))
}

# goes_by DEVICE COMMAND...: the command succeeds, and its 20,000 bytes leave by the device and by no other
goes_by() {
    local vpn isp
    vpn=$(netns_bytes router vpn tx)
    isp=$(netns_bytes router isp tx)
    "${@:2}" >&2 || return
    vpn=$(($(netns_bytes router vpn tx) - vpn))
    isp=$(($(netns_bytes router isp tx) - isp))
    echo "by vpn $vpn, by isp $isp" >&2
    case $1 in
    vpn) [ $vpn -gt 20000 ] && [ $isp -lt 1000 ] ;;
    isp) [ $isp -gt 20000 ] && [ $vpn -lt 1000 ] ;;
    esac
}

# everything: what the kernel of the router holds, ours or not, without counters
everything() {
    ip -n "$(netns router)" rule; ip -n "$(netns router)" -6 rule
    ip -n "$(netns router)" route show table all; ip -n "$(netns router)" -6 route show table all
    for save in iptables-save ip6tables-save; do
        netns_exec router "$save" | sed 's/\[[0-9:]*\]//; /^#/d'
    done
    netns_exec router nft list ruleset 2>/dev/null | sed 's/counter packets [0-9]* bytes [0-9]*/counter/; /^#/d'
}

# unchanged BEFORE: everything is as it was, or what is not
unchanged() { diff <(echo "$1") <(everything) >&2; }

# marks: the marks of the connections in the router, each with how many have it
marks() {
    netns_exec router conntrack -L 2>/dev/null | grep -o ' mark=[0-9]*' | sort | uniq -c
}

queued() { netns_queue_field router "${1:-0}" 8; }

# ends: SIGTERM ends it, without an error
ends() {
    kill "$DAEMON"
    netns_wait 20 netns_ended "$DAEMON"
    wait "$DAEMON"
}

# not COMMAND...: bats does not see the status behind "!"
not() { ! "$@"; }

has() { everything | grep -Eq -- "$1"; }

# --- deciding ---------------------------------------------------------------------------------------------------

@test "a header rule takes the gateway, everything else the main table; the connmark keeps it" {
    rules "$VPN" "$PORTS"
    daemon
    for server in "${SERVERS[@]}"; do
        for protocol in tcp udp; do
            goes_by vpn peer $protocol "$server" 7 1000 25
            goes_by isp peer $protocol "$server" 8 1000 25
        done
    done
    [ "$(logged '10-test\.rules:2 via vpn mark 0x3 \(packet 1\)')" = 4 ]
    [ "$(logged ':8: no rule matched main mark 0xff')" = 4 ]
    # four by the gateway, four by main, and nothing else
    [ "$(marks | awk '$2 == "mark=3" { n += $1 } END { print n }')" = 4 ]
    [ "$(marks | awk '$2 == "mark=255" { n += $1 } END { print n }')" = 4 ]
}

@test "pings, over both families; explain says the same of them" {
    need tcpdump ping
    rules "$VPN" 'icmp via vpn' 'icmpv6 via vpn'
    daemon
    netns_spawn router tcpdump.log tcpdump -i lan -U --immediate-mode -w "$NETNS_DIR/lan.pcap" icmp or icmp6
    netns_wait 10 netns_logged tcpdump.log 'listening on'
    for server in "${SERVERS[@]}"; do
        [ "$(bytes_by vpn netns_exec client ping -n -c 3 -i 0.1 -W 2 -s 1000 "$server")" -gt 3000 ]
    done
    [ "$(logged '10-test\.rules:[23] via vpn mark 0x3 \(packet 1\)')" = 2 ]
    explained() { [[ $("$NFQROUTE" explain -r "$NETNS_DIR/rules.d" "$NETNS_DIR/lan.pcap") == *"icmp "*"via vpn"*"icmpv6 "*"via vpn"* ]]; }
    netns_wait 15 explained # when tcpdump has written what it has
}

@test "no packet is queued after the decision, while megabytes flow" {
    rules "$VPN" "$PORTS"
    daemon
    for server in "${SERVERS[@]}"; do
        before=$(queued)
        [ "$(bytes_by vpn peer tcp "$server" 7 20000000)" -gt 20000000 ]
        [ $(($(queued) - before)) = 1 ]
        before=$(queued)
        [ "$(bytes_by isp peer tcp "$server" 8 20000000)" -gt 20000000 ]
        [ $(($(queued) - before)) = 1 ]
    done
}

@test "connections of the router itself, by user and group" {
    need users setpriv
    rules "$VPN" 'user 4321 via vpn' 'group 5432 via vpn'
    daemon
    as() { netns_exec router setpriv --reuid "$1" --regid "$2" --clear-groups "$TOOLS/tool_peer" "${@:3}"; }
    for server in "${SERVERS[@]}"; do
        # the address of the way that is taken: the server answers whom it is asked by
        for protocol in tcp udp; do
            [ "$(bytes_by vpn as 4321 0 $protocol "$server" 8 1000 25)" -gt 20000 ]
            [ "$(bytes_by vpn as 0 5432 $protocol "$server" 8 1000 25)" -gt 20000 ]
            [ "$(bytes_by isp as 0 0 $protocol "$server" 8 1000 25)" -gt 20000 ]
            [ "$(bytes_by vpn as 65534 65534 $protocol "$server" 8 1000 25)" -lt 1000 ]
        done
    done
}

@test "by hardware address and by device with a wildcard" {
    mac=$(netns_exec client cat /sys/class/net/eth0/address)
    rules "$VPN" "mac $mac dport 7 via vpn" 'iif la* dport 8 via vpn'
    daemon
    for server in "${SERVERS[@]}"; do
        goes_by vpn peer tcp "$server" 7 1000 25
        goes_by vpn peer udp "$server" 8 1000 25
    done
    rules "$VPN" 'mac 02:00:00:00:00:01 via vpn' 'iif lax* via vpn'
    reload "$RELOADED"
    for server in "${SERVERS[@]}"; do
        goes_by isp peer tcp "$server" 7 1000 25
        goes_by isp peer udp "$server" 8 1000 25
    done
}

@test "four queues, all of them used" {
    rules "$VPN" "$PORTS"
    daemon -q 0:3
    for i in {10..41}; do
        netns_addr client eth0 "10.1.0.$i/24" "fd01::$i/64"
        netns_exec client ping -nqc 1 -W 10 -I "10.1.0.$i" 10.9.0.1
        netns_exec client ping -nqc 1 -W 10 -I "fd01::$i" fd09::1
    done
    for queue in 0 1 2 3; do
        [ "$(queued $queue)" -gt 0 ]
    done
    for server in "${SERVERS[@]}"; do
        goes_by vpn peer tcp "$server" 7 1000 25
    done
    ends
    # the counters are those of all queues
    netns_logged nfqroute.log '^nfqroute: queued packets: 6[4-9] '
}

# --- reloading --------------------------------------------------------------------------------------------------

@test "200 reloads, good and bad in turn, under traffic: no packet lost, no connection changes its path" {
    rules "$VPN" "$PORTS"
    daemon
    traffic_begin
    isp=$(netns_bytes router isp tx)
    for i in {1..100}; do
        rules "$VPN" "gateway g$((i % 3)) { address 10.2.0.2; mark 0x9 }" "saddr 10.7.$i.0/24 via g$((i % 3))" "$PORTS"
        reload "$RELOADED"
        rules "$VPN" "saddr 10.7.$i.0/24 via nowhere" "$PORTS"
        reload "$REFUSED"
    done
    traffic_end
    [ $(($(netns_bytes router isp tx) - isp)) -lt 2000 ]
    [ "$(logged "$RELOADED")" = 100 ]
    [ "$(logged "error: .*10-test\.rules:2:[0-9]+: .*nowhere")" = 100 ]
    # a leak ends the sanitizers' build with another status
    ends
}

@test "a reload gives new connections new paths and leaves old ones theirs" {
    rules "$VPN" "$PORTS"
    daemon
    for server in "${SERVERS[@]}"; do
        netns_spawn client "old-$server.log" "$TOOLS/tool_peer" tcp "$server" 7 1000000 200
    done
    netns_wait 10 netns_logged nfqroute.log 'tcp \[fd01::2\].*via vpn'
    rules "$VPN" 'dport 8 via vpn'
    reload "$RELOADED"
    isp=$(netns_bytes router isp tx)
    for server in "${SERVERS[@]}"; do
        peer tcp "$server" 8 1000 25
    done
    sleep 0.5
    [ $(($(netns_bytes router isp tx) - isp)) -lt 2000 ]
    for server in "${SERVERS[@]}"; do
        [ "$(bytes_by isp peer tcp "$server" 7 1000 25)" -gt 20000 ]
    done
}

@test "reload: what connections carry cannot change its meaning" {
    rules "$VPN" "$PORTS"
    daemon
    before=$(everything)
    rules 'option mark-mask 0xff00' 'gateway vpn { address 10.3.0.2 }' "$PORTS"
    reload "$REFUSED"
    netns_logged nfqroute.log 'mark-mask cannot change from 0xff to 0xff00 .* restart'
    rules "${VPN/0x3/0x4}" "$PORTS"
    reload "$REFUSED"
    netns_logged nfqroute.log '10-test\.rules:1: the mark of gateway vpn cannot change from 0x3 to 0x4'
    unchanged "$before"
    for server in "${SERVERS[@]}"; do
        goes_by vpn peer tcp "$server" 7 1000 25
    done
}

@test "reload: marks that were chosen stay with their gateways, whatever comes and goes around them" {
    vpn=${VPN/; mark 0x3/}
    rules 'gateway first { address 10.2.0.2 }' "$vpn" "$PORTS"
    daemon
    traffic_begin
    isp=$(netns_bytes router isp tx)
    for _ in {1..5}; do
        rules "$vpn" "$PORTS"
        reload "$RELOADED"
        rules 'gateway second { address 10.2.0.2 }' 'gateway third { address 10.2.0.2 }' "$vpn" "$PORTS"
        reload "$RELOADED"
    done
    traffic_end
    [ $(($(netns_bytes router isp tx) - isp)) -lt 2000 ]
    [ "$(marks | awk '$2 != "mark=0" && $2 != "mark=255" { print $2 }' | sort -u | wc -l)" = 1 ]
}

@test "reload: hooks that cannot be had leave everything as it was" {
    ! netns_try nft 'table ip t { chain c { queue num 0 bypass; }; }' || skip "the hooks are not by iptables here"
    mkdir "$NETNS_DIR/bin"
    for program in iptables-restore ip6tables-restore; do
        printf '#!/bin/sh\n[ ! -e %s ] || exit 1\nexec %s "$@"\n' "$NETNS_DIR/fail" "$(command -v $program)" \
            >"$NETNS_DIR/bin/$program"
    done
    chmod +x "$NETNS_DIR"/bin/*
    rules "$VPN" "$PORTS"
    PATH=$NETNS_DIR/bin:$PATH daemon
    before=$(everything)
    traffic_begin
    isp=$(netns_bytes router isp tx)
    touch "$NETNS_DIR/fail"
    rules "$VPN" 'gateway other { address 10.2.0.2; masquerade yes }' "$PORTS"
    reload "$REFUSED"
    unchanged "$before"
    rm "$NETNS_DIR/fail"
    reload "$RELOADED"
    has MASQUERADE
    traffic_end
    [ $(($(netns_bytes router isp tx) - isp)) -lt 2000 ]
    ends
}

@test "reload: a gateway that goes leaves no mark behind" {
    rules "$VPN" "$PORTS"
    daemon
    netns_spawn client old.log "$TOOLS/tool_peer" udp 10.9.0.1 7 1000 1
    netns_wait 10 netns_logged old.log ok
    [[ $(marks) == *mark=3* ]]
    rules ''
    reload "$RELOADED"
    [[ $(marks) != *mark=3* ]]
    not has 'proto 83.*0x3|fwmark 0x3'
}

@test "reload: hooks off and on again, the queue's length, under traffic" {
    rules "$VPN" "$PORTS"
    daemon
    traffic_begin
    for i in {1..5}; do
        rules 'option hooks off' "option queue-length $((1000 + i))" "$VPN" "$PORTS"
        reload "$RELOADED"
        not has "$QUEUES"
        rules "$VPN" "$PORTS"
        reload "$RELOADED"
        has "$QUEUES"
    done
    traffic_end
    for server in "${SERVERS[@]}"; do
        goes_by vpn peer tcp "$server" 7 1000 25
    done
    ends
}

# --- bad cases --------------------------------------------------------------------------------------------------

# Where it has one: nft.bats.
@test "option flowtable where the kernel has none: a warning, and all goes on without" {
    lacks flowtable || netns_skip "the kernel has one"
    rules 'option flowtable on' "$VPN" "$PORTS"
    daemon
    [ "$(logged 'warning: no flowtable, decided connections go on through the chains: .')" = 1 ]
    for server in "${SERVERS[@]}"; do
        goes_by vpn peer tcp "$server" 7 1000 25
    done
    netns_exec router "$NFQROUTE" flush all >&2
    not has nfqroute_flowtable
    ends
}

@test "an empty rules.d: everything by the main table" {
    daemon
    for server in "${SERVERS[@]}"; do
        goes_by isp peer tcp "$server" 7 1000 25
    done
    ends
}

@test "a file that cannot be read: the start fails and leaves nothing; a reload keeps the old rules" {
    before=$(everything)
    rules "$VPN" "$PORTS"
    ln -s nowhere "$NETNS_DIR/rules.d/20-gone.rules"
    run netns_exec router "$NFQROUTE" -q 0 -r "$NETNS_DIR/rules.d"
    [ "$status" = 1 ]
    [[ $output == *20-gone.rules* ]]
    run netns_exec router "$NFQROUTE" -q 0 -r "$NETNS_DIR/nowhere"
    [ "$status" = 1 ]
    unchanged "$before"
    rm "$NETNS_DIR/rules.d/20-gone.rules"
    daemon
    mkdir "$NETNS_DIR/rules.d/20-dir.rules"
    reload "$REFUSED"
    netns_logged nfqroute.log 'error: .*20-dir\.rules'
    for server in "${SERVERS[@]}"; do
        goes_by vpn peer tcp "$server" 7 1000 25
    done
}

@test "a gateway whose device comes later" {
    rules 'gateway late { device tunnel; address 10.5.0.2; address fd05::2; mark 0x5 }' 'dport 7 via late'
    daemon
    for server in "${SERVERS[@]}"; do
        # refused meanwhile, and not by another way
        not peer tcp "$server" 7 1000
        [ "$(bytes_by isp peer tcp "$server" 8 1000 25)" -gt 20000 ]
    done
    wire tunnel 5
    netns_sysctl server net.ipv4.conf.tunnel.rp_filter=0
    netns_sysctl router net.ipv4.conf.tunnel.rp_filter=0
    for server in "${SERVERS[@]}"; do
        netns_wait 10 peer tcp "$server" 7 1000
        [ "$(bytes_by tunnel peer tcp "$server" 7 1000 25)" -gt 20000 ]
    done
}

@test "two daemons on one queue: the second says who holds it and changes nothing" {
    rules "$VPN" "$PORTS"
    daemon
    before=$(everything)
    run netns_exec router "$NFQROUTE" -q 0 -r "$NETNS_DIR/rules.d"
    [ "$status" = 1 ]
    [[ $output == *"queue 0 is held by nfqroute (pid $DAEMON)"* ]]
    # also where another queue was free
    run netns_exec router "$NFQROUTE" -q 0:1 -r "$NETNS_DIR/rules.d"
    [ "$status" = 1 ]
    unchanged "$before"
    for server in "${SERVERS[@]}"; do
        goes_by vpn peer tcp "$server" 7 1000 25
    done
}

@test "a second daemon by another queue: it says who is there and changes nothing" {
    rules "$VPN" "$PORTS"
    daemon
    before=$(everything)
    mkdir "$NETNS_DIR/second"
    for text in "$VPN" 'option hooks off'; do
        echo "$text" >"$NETNS_DIR/second/10.rules"
        run netns_exec router timeout 20 "$NFQROUTE" -q 5 -c none -r "$NETNS_DIR/second"
        [ "$status" = 1 ]
        [[ $output == *"nfqroute (pid $DAEMON) serves this network already, by queue 0"* ]]
        unchanged "$before"
    done
    for server in "${SERVERS[@]}"; do
        goes_by vpn peer tcp "$server" 7 1000 25
    done
}

@test "a queue whose holder has no name is waited for, but not for ever" {
    rules "$VPN" "$PORTS"
    netns_spawn router queue.log "$TOOLS/tool_queue" 0 0xff 0xff
    netns_wait 10 netns_logged queue.log bound
    holder=$NETNS_PID
    # with a /proc of its own it does not see who that is, as if they had just ended
    alone() { netns_spawn router "$1" unshare --pid --fork --kill-child --mount-proc "$NFQROUTE" -q 0 -r "$NETNS_DIR/rules.d"; }
    alone in-vain.log
    netns_wait 10 netns_logged in-vain.log 'error: queue 0 is held by another program'
    netns_logged in-vain.log 'queue 0 is still held by a program that has ended: waiting 2 s for it at most'
    netns_wait 15 netns_ended "$NETNS_PID"
    alone nfqroute.log
    netns_wait 10 netns_logged nfqroute.log 'queue 0 is still held'
    netns_stop "$holder"
    netns_wait 10 netns_logged nfqroute.log 'ready: queue 0'
}

@test "without the right to" {
    need users setpriv
    rules "$VPN" "$PORTS"
    chmod 755 "$NETNS_DIR"
    run netns_exec router setpriv --reuid 65534 --clear-groups "$NFQROUTE" -q 0 -r "$NETNS_DIR/rules.d"
    [ "$status" = 1 ]
    [[ $output == *"not allowed: needs root or CAP_NET_ADMIN"* ]]
}

@test "a flood with the daemon stopped: what does not fit in the queue passes, and is counted" {
    rules 'option queue-length 64' "$VPN" "$PORTS"
    daemon
    traffic_begin 8
    kill -STOP "$DAEMON"
    sleep 2
    kill -CONT "$DAEMON"
    # the next packet that is queued tells how many were not
    sleep 0.5
    traffic_end
    ends
    passed=$(sed -n 's/.*queue full: \([0-9]*\) packets passed by.*/\1/p' "$NETNS_DIR/nfqroute.log")
    [ "$passed" -gt 100 ]
}

@test "five seconds stopped under traffic: decided connections do not notice, new ones wait" {
    rules "$VPN" "$PORTS"
    daemon
    for server in "${SERVERS[@]}"; do
        netns_spawn client "old-$server.log" "$TOOLS/tool_peer" tcp "$server" 7 2000000 10000
    done
    netns_wait 10 netns_logged nfqroute.log 'tcp \[fd01::2\].*via vpn'
    kill -STOP "$DAEMON"
    netns_spawn client new.log "$TOOLS/tool_peer" udp 10.9.0.1 7 1000
    before=$(netns_bytes router vpn tx)
    for _ in {1..5}; do
        sleep 1
        now=$(netns_bytes router vpn tx)
        [ $((now - before)) -gt 1000000 ]
        before=$now
    done
    kill -CONT "$DAEMON"
    not netns_logged "old-${SERVERS[0]}.log" echo
    not netns_logged "old-${SERVERS[1]}.log" echo
    for server in "${SERVERS[@]}"; do
        netns_wait 10 peer tcp "$server" 7 1000 25
    done
}

@test "kill -9 under traffic: nothing breaks, and the next one takes over" {
    rules "$VPN" "$PORTS"
    before=$(everything)
    daemon
    traffic_begin
    isp=$(netns_bytes router isp tx)
    kill -KILL "$DAEMON"
    netns_wait 10 netns_ended "$DAEMON"
    sleep 0.5
    # new ones go by the main table meanwhile
    [ $(($(netns_bytes router isp tx) - isp)) -gt 500 ]
    mv "$NETNS_DIR/nfqroute.log" "$NETNS_DIR/killed.log"
    daemon
    isp=$(netns_bytes router isp tx)
    sleep 0.5
    [ $(($(netns_bytes router isp tx) - isp)) -lt 1000 ]
    kill "${TRAFFIC[@]}"
    for server in "${SERVERS[@]}"; do
        netns_wait 40 netns_logged "traffic-$server.log" lost
        # what was queued while it was being killed is lost, each a first packet
        tail -n 1 "$NETNS_DIR/traffic-$server.log"
        netns_logged "traffic-$server.log" '^new [0-9]+ lost [0-3]?[0-9], lasting [0-9]+ lost 0$'
    done
    ends
    unchanged "$before"
}

@test "SIGTERM under traffic loses no packet and leaves nothing" {
    rules "$VPN" 'option mark-mask 0xff' "$PORTS"
    before=$(everything)
    daemon
    traffic_begin
    sleep 0.3
    ends
    sleep 0.3
    traffic_end
    unchanged "$before"
    [[ $(marks | awk '{ print $2 }' | sort -u) == mark=0 ]]
    not netns_queue_bound router 0
}

@test "SIGINT ends it as well; SIGUSR1 writes the counters" {
    rules "$VPN" "$PORTS"
    before=$(everything)
    daemon
    peer tcp 10.9.0.1 7 1000
    kill -USR1 "$DAEMON"
    netns_wait 15 netns_logged nfqroute.log 'queued packets: 1 in 1 batches, 1 verdict messages, 0 waiting'
    netns_logged nfqroute.log '10-test\.rules:2: 1$'
    kill -INT "$DAEMON"
    netns_wait 10 netns_ended "$DAEMON"
    wait "$DAEMON"
    unchanged "$before"
}

@test "systemd is told: ready, reloading, alive, stopping" {
    need python3
    rules "$VPN" "$PORTS"
    netns_spawn router notify.log python3 -uc '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(4096).decode().replace("\n", " "))' "$NETNS_DIR/notify"
    netns_wait 10 test -S "$NETNS_DIR/notify"
    NOTIFY_SOCKET=$NETNS_DIR/notify WATCHDOG_USEC=400000 daemon
    netns_wait 15 netns_logged notify.log '^READY=1'
    netns_wait 15 netns_logged notify.log '^WATCHDOG=1'
    reload "$RELOADED"
    netns_wait 15 netns_logged notify.log '^RELOADING=1 MONOTONIC_USEC=[0-9]+$'
    rules "$VPN" "nonsense"
    reload "$REFUSED"
    ends
    netns_wait 15 netns_logged notify.log '^STOPPING=1'
    # every reload ends, good or bad
    [ "$(grep -c '^RELOADING=1' "$NETNS_DIR/notify.log")" = 2 ]
    [ "$(grep -c '^READY=1' "$NETNS_DIR/notify.log")" = 3 ]
}

@test "the command line" {
    for args in '' '-q' '-q x' '-q 1:0' '-q 65536' '-q 0:100' '-q 0 -z' '-q 0 word' '-q -1'; do
        # shellcheck disable=SC2086 # to be split
        run "$NFQROUTE" $args
        [ "$status" = 2 ]
        [ -n "$output" ]
    done
    [[ $("$NFQROUTE" help run) == *SIGHUP* ]]
}
