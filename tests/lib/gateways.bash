# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# gateways.bash - a router with three paths to a server, whose gateways fail; to be read behind netns.bash and paths.bash
#
#     client -- lan router == isp == isp_gw == server        see paths.bash; the third path: lte
#                          == vpn, lte ==

# shellcheck disable=SC2034 # for those who read this
PACE='every 300ms timeout 250ms down 2 up 2'

gateways_begin() {
    need xt-queue nft python3
    netns_begin
    paths_begin router
    paths_one lte 3
    paths_masquerade router lte
    ROUTER=$(netns router)
    netns_sysctl router net.ipv4.conf.{all,isp,vpn,lte}.rp_filter=0
    netns_sysctl server net.ipv4.conf.{all,isp,vpn,lte}.rp_filter=0
    netns_serve server 7
    LOG=$NETNS_DIR/nfqroute.log
    TALKING=()
}

gateways_end() {
    [ -z "${TALKING[*]}" ] || kill -KILL "${TALKING[@]}" # at once, nobody wants to know what they have to say
    [ -n "$BATS_TEST_COMPLETED" ] || tail -n 40 "$LOG"
    netns_end
}

gateway() { echo "gateway $1 { device $1; address 10.2$2.0.1, fd2$2::1"; printf '%s\n' "${@:3}" '}'; }

# both_checks KIND WORD...: of either family
checks() {
    local kind=$1
    shift
    case $kind in
    tcp) echo "check tcp 10.9.0.1:7 $*"; echo "check tcp [fd09::1]:7 $*" ;;
    http) echo "check http http://10.9.0.1/ $*"; echo "check http http://[fd09::1]/ $*" ;;
    *) echo "check $kind 10.9.0.1 $*"; echo "check $kind fd09::1 $*" ;;
    esac
}

# daemon RULE...
daemon() {
    mkdir -p "$NETNS_DIR/rules.d"
    printf '%s\n' "$@" >"$NETNS_DIR/rules.d/10.rules"
    # shellcheck disable=SC2119 # no words
    paths_start
}

logged() { netns_logged nfqroute.log "$1"; }
says() { netns_wait 15 netns_logged nfqroute.log "$1"; }
times() { [ "$(grep -Ec -- "$1" "$LOG")" = "$2" ]; }

# silence GATEWAY 4|6|both: forwards nothing more, without a word; its device stays as it is
silence() {
    [ "$2" = 6 ] || netns_exec "$1_gw" iptables -I FORWARD -j DROP
    [ "$2" = 4 ] || netns_exec "$1_gw" ip6tables -I FORWARD -j DROP
}
speak() { for tables in iptables ip6tables; do netns_exec "$1_gw" $tables -F FORWARD; done; }

# goes_by DEVICE 4|6: a new connection of the client's echoes 20,000 bytes by it
goes_by() {
    local to=10.9.0.1 before
    [ "$2" = 4 ] || to=fd09::1
    before=$(netns_bytes router "$1" tx)
    netns_exec client "$TOOLS/tool_peer" tcp $to 7 1000 20 && [ $(($(netns_bytes router "$1" tx) - before)) -gt 20000 ]
}

# refused 4|6: a new connection is, at once: before its SYN would be sent again
refused() {
    local to=10.9.0.1 said
    [ "$1" = 4 ] || to=fd09::1
    ! said=$(netns_exec client "$TOOLS/tool_peer" -w 900 tcp $to 7 1000) && [ "$said" != 'connect: Connection timed out' ]
}

not() { ! "$@"; }

# --- connections -------------------------------------------------------------------------------------------------

# One that sends a byte every 20 ms to all who come, and one who only listens, says so now and then, and how it ends.
SENDER='
import socket, sys, threading, time
def feed(peer):
    try:
        while True:
            peer.send(b"x"); time.sleep(0.02)
    except OSError as error: print("sender:", error, flush=True)
listener = socket.create_server(("::", 9), family=socket.AF_INET6, dualstack_ipv6=True)
print("ready", flush=True)
while True: threading.Thread(target=feed, args=(listener.accept()[0],), daemon=True).start()
'
LISTENER='
import socket, sys, time
peer = socket.create_connection((sys.argv[1], 9), 5, (sys.argv[2], 0) if len(sys.argv) > 2 else None)
peer.settimeout(None)
got = peer.recv(1); print("begun", flush=True)
count = 0
try:
    while got:
        got = peer.recv(1000); count += len(got)
        if count >= 20: print("more", flush=True); count = 0
    print("ended: closed")
except OSError as error: print("ended:", error.strerror, flush=True)
'

feeds() {
    netns_spawn server sender.log python3 -c "$SENDER"
    netns_wait 10 netns_logged sender.log ready
}

# listen NAMESPACE ADDRESS LOG [SOURCE]: a client that sends nothing once it is connected
listen() {
    netns_spawn "$1" "$3" python3 -c "$LISTENER" "$2" ${4:+"$4"}
    netns_wait 10 netns_logged "$3" begun
}

entries() { netns_exec router conntrack -L -f "ipv$1" -p tcp --dport 9 2>/dev/null; }

# --- leaks ------------------------------------------------------------------------------------------------------

# One connection to port 9 after the other: each listens, says something every 50 ms, and ends itself after 0.5 s.
TALKER='
import socket, sys, time
while True:
    try:
        peer = socket.create_connection((sys.argv[1], 9), 0.3)
        for _ in range(10):
            peer.send(b"x"); time.sleep(0.05)
        peer.close()
        print("whole", flush=True)
    except OSError as error:
        print(error, flush=True); time.sleep(0.05)
'

# What comes to the other paths for the server, but for what is meant for them: pings, which no rule is about.
leak_counters() {
    local path
    for path in isp lte; do
        netns_exec ${path}_gw nft -f - <<'END'
table inet t {
    counter leaked { }
    counter meant { }
    counter elsewhere { }
    chain c {
        type filter hook prerouting priority -300
        iifname near meta l4proto { icmp, icmpv6 } ip daddr 10.9.0.1 counter name meant
        iifname near ip daddr 10.9.0.1 tcp dport 8 counter name elsewhere
        iifname near ip6 daddr fd09::1 tcp dport 8 counter name elsewhere
        iifname near ip daddr 10.9.0.1 meta l4proto { tcp, udp } counter name leaked
        iifname near ip6 daddr fd09::1 meta l4proto { tcp, udp } counter name leaked
    }
}
END
    done
    netns_spawn router ping.log ping -i 0.2 10.9.0.1
}

counted() { netns_exec "$1_gw" nft list counter inet t "$2" | sed -n 's/.*packets \([0-9]*\).*/\1/p'; }

# no_leak: and the counters work
no_leak() {
    echo "leaked: $(counted isp leaked) by isp, $(counted lte leaked) by lte"
    [ "$(counted isp meant)" -gt 5 ] && [ "$(counted isp leaked)" = 0 ] && [ "$(counted lte leaked)" = 0 ]
}

# talk: client and router, IPv4 and IPv6, by TCP to port 9 and by UDP to port 7, new connections all the time
talk() {
    local name server
    for name in client router; do
        for server in 10.9.0.1 fd09::1; do
            netns_spawn "$name" "talk-$name-$server.log" python3 -c "$TALKER" "$server"
            TALKING+=("$NETNS_PID")
            netns_spawn "$name" "traffic-$name-$server.log" "$TOOLS/tool_traffic" "$server" 7 50
            TALKING+=("$NETNS_PID")
        done
    done
    all_say "$WHOLE"
}

# A segment with FIN that belongs to no connection, which conntrack therefore calls invalid.
STRAY='
import socket, struct, sys
server, port = sys.argv[1], int(sys.argv[2])
family = socket.AF_INET6 if ":" in server else socket.AF_INET
raw = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_TCP)
raw.connect((server, port if family == socket.AF_INET else 0))
head = struct.pack("!HHIIBBHHH", 40000, port, 1, 1, 5 << 4, 0x11, 1000, 0, 0)
if family == socket.AF_INET:
    pseudo = socket.inet_aton(raw.getsockname()[0]) + socket.inet_aton(server) + struct.pack("!HH", 6, len(head))
    total = sum(struct.unpack("!%dH" % ((len(pseudo) + len(head)) // 2), pseudo + head))
    while total >> 16: total = (total & 0xffff) + (total >> 16)
    head = head[:16] + struct.pack("!H", ~total & 0xffff) + head[18:]
else:
    raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_CHECKSUM, 16)
try: raw.send(head)
except PermissionError: pass # dropped on its way out of this machine
'

# stray NAMESPACE SERVER PORT
stray() { netns_exec "$1" python3 -c "$STRAY" "$2" "$3"; }

WHOLE=whole FAILED='timed out|refused|reset|unreachable|No route'

# all_say REGEX: each of them does, from here on
all_say() {
    local log before=()
    for log in "$NETNS_DIR"/talk-*; do before+=("$(lines "$1" "$log")"); done
    for log in "$NETNS_DIR"/talk-*; do
        netns_wait 10 more_lines "$1" "$log" "${before[0]}" || return
        before=("${before[@]:1}")
    done
}

lines() { grep -Ec -- "$1" "$2" || :; }
more_lines() { [ "$(lines "$1" "$2")" -gt "$3" ]; }

# flap: the device is pulled for a moment, its addresses and the kernel's entries of its connections go with it
flap() {
    ip -n "$ROUTER" link set vpn down
    sleep "0.$((RANDOM % 4))"
    ip -n "$ROUTER" link set vpn up
    ip -n "$ROUTER" address replace fd22::2/64 dev vpn nodad
}
