# SPDX-License-Identifier: GPL-2.0-or-later
#
# control.bats - asking and commanding the running daemon, and who must not disturb it
#
#     client -- router == isp ==> server      10.9.0.1, fd09::1, by two ways
#                      == vpn ==>

# shellcheck disable=SC2016 # conditions to wait for are expanded each time
load ../lib/netns
load ../lib/traffic
load ../lib/wires

NFQROUTE=${NFQROUTE:-build/nfqroute}
TOOLS=$(dirname "$NFQROUTE")/tests/e2e
SERVERS=(10.9.0.1 fd09::1)

setup_file() {
    need_for_file xt-queue conntrack jq python3 || return 0
    netns_begin
    wires_begin server
    wires_client
    # Entries are read without a lock when they expire, and nfnetlink_queue drops a new connection's packet while
    # somebody else holds its (recycled) entry: the thousands of one test must not end in another that counts losses.
    netns_sysctl router net.netfilter.nf_conntrack_udp_timeout=900
    netns_serve server 7 8 443
    mkdir "$NETNS_DIR/rules.d"
    usual_rules
    netns_spawn router nfqroute.log "$NFQROUTE" -v -r "$NETNS_DIR/rules.d" -q0:1
    export DAEMON=$NETNS_PID
    netns_wait 20 netns_logged nfqroute.log '^nfqroute: ready'
}

setup() { netns_file; }

teardown() {
    [ -n "$BATS_TEST_COMPLETED" ] || tail -n 30 "$NETNS_DIR/nfqroute.log"
}

teardown_file() { netns_end; }

# rules LINE...: what is in rules.d from now on
rules() { printf '%s\n' "$@" >"$NETNS_DIR/rules.d/10-test.rules"; }
usual_rules() {
    rules 'gateway vpn { address 10.3.0.2; address fd03::2; mark 0x3 }' 'tcp dport 7 via vpn' 'udp dport 7 via vpn'
}

# ask COMMAND...: nfqroute in the router
ask() { netns_exec router "$NFQROUTE" "$@"; }

# raw TEXT: what the daemon answers to these bytes, when no more come
raw() {
    python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.settimeout(10)
s.sendall(sys.argv[2].encode()); s.shutdown(socket.SHUT_WR)
while (data := s.recv(65536)): sys.stdout.buffer.write(data)' "$NFQROUTE_SOCKET" "$1"
}

peer() { netns_exec client "$TOOLS/tool_peer" "$@"; }

# --- the protocol -----------------------------------------------------------------------------------------------

@test "the socket: its mode, and requests that are none get an error object" {
    [ "$(stat -c %a "$NFQROUTE_SOCKET")" = 660 ]
    code() { raw "$1" | jq -r '.version, .error.code' | paste -sd' '; }
    [ "$(code $'\n')" = '1 bad-request' ]
    [ "$(code $'[1]\n')" = '1 bad-request' ]
    [ "$(code $'{"verb":7}\n')" = '1 bad-request' ]
    [ "$(code $'{"verb":"status","verb":"status"}\n')" = '1 bad-request' ]
    [ "$(code $'{"version":2,"verb":"status"}\n')" = '1 bad-version' ]
    [ "$(code $'{"verb":"statis"}\n')" = '1 unknown-verb' ]
    [ "$(code $'{"verb":"status","colour":"red"}\n')" = '1 bad-argument' ]
    [ "$(code "$(head -c 9000 /dev/zero | tr '\0' x)")" = '1 bad-request' ]
    [ "$(raw '{"verb":"status"}')" = '' ] # half a line is none
    raw $'{"verb":"statis"}\n' | jq -e '.error.message | contains("did you mean \"status\"?")'
}

@test "many requests in one go are answered one after the other" {
    burst=$(for _ in {1..200}; do echo '{"verb":"verbs"}'; echo; done)
    [ "$(raw "$burst"$'\n' | jq -r 'if .result then "verbs" else .error.code end' | sort | uniq -c | awk '{ print $1, $2 }' |
        paste -sd' ')" = '199 bad-request 200 verbs' ]
}

@test "without a daemon: said, and a status of its own" {
    run ask status -s "$NETNS_DIR/nobody.sock"
    [ "$status" = 3 ]
    [[ $output == *"no daemon can be reached at $NETNS_DIR/nobody.sock"* ]]
    run ask status --colour
    [ "$status" = 2 ]
}

@test "who is not root may look and not change" {
    need users setpriv
    chmod 666 "$NFQROUTE_SOCKET"
    chmod 755 "$NETNS_DIR"
    stranger() { netns_exec router setpriv --reuid 65534 --regid 65534 --clear-groups "$NFQROUTE" "$@"; }
    stranger status --json | jq -e .pid
    run stranger reload
    chmod 660 "$NFQROUTE_SOCKET"
    [ "$status" = 1 ]
    [[ $output == *'only root may ask for "reload"'* ]]
    run stranger status
    [ "$status" = 3 ]
    [[ $output == *"members of group nfqroute may ask"* ]]
}

# --- reload -----------------------------------------------------------------------------------------------------

@test "reload: done, refused with file, line and column, refused by what connections carry" {
    run ask reload
    [ "$status" = 0 ]
    [[ $output == "reloaded in "*" ms, rules: 2, gateways: 1" ]]
    rules 'tcp dport 70000 via vpn' 'tcp dport 7 via nowhere'
    run ask reload
    [ "$status" = 1 ]
    [[ $output == *"/10-test.rules:1:11: error: "*"/10-test.rules:2:17: error: "*"the rules of before stay in force"* ]]
    run ask reload --json
    [ "$status" = 1 ]
    jq -e '.good == false and (.diagnostics | map(select(.severity == "error").line) | contains([1, 2]))' <<<"$output"
    rules 'option mark-mask 0xff00' 'gateway vpn { address 10.3.0.2 }' 'tcp dport 7 via vpn'
    run ask reload
    [ "$status" = 1 ]
    [[ $output == *"option mark-mask cannot change from 0xff to 0xff00"* ]]
    ask status --json | jq -e '.ruleset.reload.good == false'
    usual_rules
    ask reload
    ask status --json | jq -e '.ruleset.reload.good == true and .ruleset.rules == 2'
}

@test "while a long list is read, the daemon answers; who asks meanwhile gets a reading of his own" {
    awk 'BEGIN { for (i = 0; i < 400000; i++) print "name" i ".example" }' >"$NETNS_DIR/long.txt"
    usual_rules
    cp "$NETNS_DIR/rules.d/10-test.rules" "$NETNS_DIR/usual.rules"
    echo "host { file \"$NETNS_DIR/long.txt\" } via vpn" >>"$NETNS_DIR/rules.d/10-test.rules"
    python3 - "$NFQROUTE_SOCKET" "$NETNS_DIR/usual.rules" "$NETNS_DIR/rules.d/10-test.rules" <<'EOF'
import json, os, select, socket, sys

def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    s.settimeout(60)
    return s, s.makefile()

def say(s, verb): s[0].sendall(b'{"verb":"%s"}\n' % verb)
def hear(s): return json.loads(s[1].readline())["result"]

first, second, asker = connect(), connect(), connect()
say(first, b"reload")
reading = False
while not reading and not select.select([first[0]], [], [], 0)[0]:
    say(asker, b"status")
    reading = hear(asker)["reloading"]
assert reading
os.rename(sys.argv[2], sys.argv[3])
say(second, b"reload")
rules = [hear(s)["rules"] for s in (first, second)]
assert rules == [3, 2], rules
EOF
    rm "$NETNS_DIR/long.txt"
}

# --- status -----------------------------------------------------------------------------------------------------

@test "status: connections and bytes by gateway, hits by rule, counters of the queues" {
    before=$(ask status --json)
    for server in "${SERVERS[@]}"; do
        peer tcp "$server" 7 100000 2
        peer tcp "$server" 8 1000 2
    done
    after=$(ask status --json)
    diff=$(jq -n --argjson a "$before" --argjson b "$after" '{
        hits: (([$b.rules[].hits] | add) - ([$a.rules[].hits] | add)),
        sent: ($b.gateways[0].bytes_sent - $a.gateways[0].bytes_sent),
        connections: ($b.gateways[0].connections - $a.gateways[0].connections),
        main: ($b.others.main.connections - $a.others.main.connections),
        first: ($b.decisions.at_packet[0] - $a.decisions.at_packet[0]),
        packets: (([$b.queues[].packets] | add) - ([$a.queues[].packets] | add))}')
    echo "$diff"
    jq -e '.hits == 2 and .sent > 400000 and .connections == 2 and .main == 2 and .first == 4 and .packets == 4' <<<"$diff"
    jq -e --argjson now "$(date +%s)" '.rules[] | select(.hits > 0 and .rule == "'"$NETNS_DIR"'/rules.d/10-test.rules:2") |
        $now - .last < 10 and .target == "vpn"' <<<"$after"
    run ask status
    [[ $output == *"GATEWAY  MARK  TABLE  IPv4  IPv6"*"vpn       0x3   8300  up    up"*"kernel: as meant, "* ]]
    # fits, and no colours where it is no terminal
    [ "$(COLUMNS=60 ask status | sed -n '/^RULE/,/^$/p' | awk '{ print length }' | sort -n | tail -n 1)" -le 60 ]
    [[ $output != *$'\e'* ]]
}

@test "status tells what is not in the kernel as it should be; colours only on a terminal" {
    ask status --json | jq -e '[.kernel[].good] | all'
    rules 'gateway vpn { device vpn; address 10.3.0.2; address fd03::2; mark 0x3 }' 'tcp dport 7 via vpn'
    ask reload
    # as if left by another daemon
    ip -n "$(netns router)" rule add pref 77 fwmark 0x2/0x7f lookup 99 protocol 83
    ask status --json | jq -e '[.kernel[] | select(.good | not)] ==
        [{what: "IPv4 rule 77: fwmark 0x2/0x7f lookup 99", good: false, why: "is not needed any more"}]'
    NO_COLOR='' TERM=xterm run script -qc "ip netns exec $(netns router) $NFQROUTE status" /dev/null
    [[ $output == *$'\e[1;31mkernel: IPv4 rule 77: fwmark 0x2/0x7f lookup 99 is not needed any more'* ]]
    NO_COLOR=1 TERM=xterm run script -qc "ip netns exec $(netns router) $NFQROUTE status" /dev/null
    [[ $output != *$'\e'* ]]
    ip -n "$(netns router)" rule del pref 77
    # it is put back at once, so asked for more than once perhaps
    netns_wait 20 hooks_are_missed
    netns_wait 40 eval "ask status --json | jq -e '[.kernel[].good] | all'"
    ip -n "$(netns router)" link set vpn down
    netns_wait 15 eval "ask status --json | jq -e '.gateways[0].ipv4.up == false'"
    run ask status
    [[ $output == *"vpn, IPv4: "*"connections by it are refused until that changes"* ]]
    ask status --json | jq -e '[.kernel[].good] | all' # as is meant for a device that is down
    ip -n "$(netns router)" link set vpn up
    ip -n "$(netns router)" address add fd03::1/64 dev vpn nodad 2>/dev/null || :
    netns_wait 15 eval "ask status --json | jq -e '.gateways[0] | .ipv4.up and .ipv6.up'"
    usual_rules
    ask reload
}

# hooks_are_missed: one is taken away, and status says so before the daemon has put it back
hooks_are_missed() {
    netns_exec router iptables -t mangle -D OUTPUT ! -o lo -j NFQROUTE_OUTPUT || netns_exec router nft delete table inet nfqroute || return
    ask status >"$NETNS_DIR/status"
    grep -qx 'kernel: firewall hooks are not as they were installed' "$NETNS_DIR/status"
}

# --- decisions --------------------------------------------------------------------------------------------------

# watched LOG: that many decisions are in the log of a watch --json
watched() { grep '"src"' "$NETNS_DIR/$1" | grep -vc '"dport":9,' || :; }
# watches LOG: a watch --json of all has begun, for it tells of a datagram to port 9, where nobody is
watches() {
    peer udp 10.9.0.1 9 10 1
    grep -q '"dport":9,' "$NETNS_DIR/$1"
}

@test "watch: each decision once, filtered; flows: with what decided them and their bytes" {
    netns_spawn router all.log "$NFQROUTE" watch --json
    netns_spawn router vpn.log "$NFQROUTE" watch --json gateway vpn client fd01::/64
    netns_spawn router rule.log "$NFQROUTE" watch rule 10-test.rules:3
    netns_spawn router raw.log "$NFQROUTE" watch --json app rtmp
    netns_wait 10 eval '[ "$(netns_exec router ss -Hxn "src = $NFQROUTE_SOCKET" | wc -l)" -ge 4 ]'
    netns_wait 10 watches all.log
    for server in "${SERVERS[@]}"; do
        peer tcp "$server" 7 50000 2
        peer udp "$server" 7 1000 2
        peer tcp "$server" 8 1000 2
    done
    netns_wait 15 eval '[ "$(watched all.log)" -ge 6 ]'
    [ "$(watched all.log)" = 6 ]
    jq -se --arg rules "$NETNS_DIR/rules.d/10-test.rules" 'map(select(.dport == 7 and .proto == "tcp" and .rule == $rules + ":2" and
        .verdict == "via" and .gateway == "vpn" and .mark == "0x3" and .decided_packet == 1)) | length == 2' "$NETNS_DIR/all.log"
    jq -se 'map(select(.dport == 8 and .rule == null and .verdict == "main" and .why == "no rule matched")) | length == 2' \
        "$NETNS_DIR/all.log"
    netns_wait 15 eval '[ "$(watched vpn.log)" = 2 ]'
    netns_wait 15 eval "grep -c 'udp .*:7 via vpn (10-test.rules:3, packet 1)' '$NETNS_DIR/rule.log' | grep -qx 2"
    [ "$(watched raw.log)" = 0 ]

    ask flows --json gateway vpn client 10.1.0.2 >"$NETNS_DIR/flows.json"
    jq -e '.flows | map(select(.proto == "tcp" and .dport == 7 and .rule and .bytes_sent > 100000 and .age < 60)) | length > 0' \
        "$NETNS_DIR/flows.json"
    jq -e '[.flows[] | .gateway == "vpn" and .src == "10.1.0.2"] | all' "$NETNS_DIR/flows.json"
    jq -e '.more > 0 and (.flows | length == 1)' <<<"$(ask flows --json limit 1)"
    run ask flows rule 10-test.rules:2
    [[ ${lines[0]} == "PROTO  CLIENT"*"DESTINATION"*"AGE" ]]
    [[ $output == *"tcp    10.1.0.2:"*"10.9.0.1:7"*"via vpn"*"10-test.rules:2"* ]]
    [[ $output == *"[fd09::1]:7"* ]]
    [ "$(COLUMNS=80 ask flows | awk '{ print length }' | sort -n | tail -n 1)" -le 80 ]
    run ask flows gatway vpn
    [ "$status" = 2 ]
    run ask flows client nonsense
    [ "$status" = 1 ]
}

@test "why says the rule and gateway that a real packet gets" {
    need users setpriv
    rules 'gateway vpn { address 10.3.0.2; address fd03::2; mark 0x3 }' 'udp dport 7 main' 'user 4321 via vpn' \
        'tcp dport 7 via vpn' 'host .vpn.test via vpn' 'not app tls dport 443 reject' 'icmp via vpn' 'icmpv6 via vpn'
    ask reload
    netns_spawn router real.log "$NFQROUTE" watch --json
    netns_wait 10 watches real.log
    hello() { # NAME ADDRESS: a real ClientHello; nobody answers it
        netns_exec client timeout 1 openssl s_client -connect "$([[ $2 = *:* ]] && echo "[$2]:443" || echo "$2:443")" \
            -servername "$1" </dev/null >/dev/null 2>&1 || :
    }
    said() { # ARGUMENT...: what why says
        ask why --json "$@" | jq -c '[.verdict, .gateway, .rule, .final]'
    }
    # real FILTER: what the daemon did; as said, when it has been told
    real() { jq -c "select($1) | [.verdict, .gateway, .rule, true]" "$NETNS_DIR/real.log" | tail -n 1; }
    same() { # FILTER ARGUMENT...
        # shellcheck disable=SC2317 # netns_wait calls it
        told() { [ -n "$(real "$filter")" ]; }
        local filter=$1
        netns_wait 15 told
        echo "$* real $(real "$1") said $(said "${@:2}")"
        [ "$(real "$1")" = "$(said "${@:2}")" ]
    }
    for server in "${SERVERS[@]}"; do
        case $server in *:*) client=fd01::2 ping=icmpv6 ;; *) client=10.1.0.2 ping=icmp ;; esac
        peer tcp "$server" 7 100 1
        same ".dst == \"$server\" and .proto == \"tcp\" and .dport == 7" $client "$server" 7
        peer udp "$server" 7 100 1
        same ".dst == \"$server\" and .proto == \"udp\" and .dport == 7" $client "$server" 7 proto udp
        hello www.vpn.test "$server"
        same ".dst == \"$server\" and .host == \"www.vpn.test\"" $client "$server" 443 host www.vpn.test
        hello www.other.test "$server"
        same ".dst == \"$server\" and .host == \"www.other.test\"" $client "$server" 443 host www.other.test
        netns_exec client ping -nqc 1 -W 1 "$server"
        same ".dst == \"$server\" and .proto == \"$ping\"" $client "$server" proto $ping
        netns_exec router setpriv --reuid 4321 --regid 0 --clear-groups "$TOOLS/tool_peer" tcp "$server" 8 100 1
        same ".dst == \"$server\" and .proto == \"tcp\" and .dport == 8" $client "$server" 8 user 4321
    done
    # before the name is known, and why not earlier
    [ "$(said 10.1.0.2 10.9.0.1 443)" = '["main",null,null,false]' ]
    ask why --json 10.1.0.2 10.9.0.1 443 host a.vpn.test | jq -ce '[.rules[] | [.answer, .because]]' >"$NETNS_DIR/rules.json"
    grep -qx '\[\["no","udp"\],\["no","user"\],\["no","dport"\],\["yes",null\]\]' "$NETNS_DIR/rules.json"
    [ "$(ask why --json 10.1.0.2 224.0.0.1 7 | jq -r .why)" = 'multicast destination' ]
    run ask why 10.1.0.2 10.9.0.1 443
    [[ $output == *"10-test.rules:5  not known yet: host"*"until that is known: main"* ]]
    run ask why 10.1.0.2 fd09::1
    [ "$status" = 1 ]
    usual_rules
    ask reload
}

@test "why says what a real packet gets by a list of names, by a device, when its gateway is down, while it is paused" {
    need openssl
    # first FILTER ARGUMENT...: the last decision that fits, and what why says of the same
    first() {
        local filter="select($1)"
        told() { [ -n "$(jq -c "$filter" "$NETNS_DIR/first.log")" ]; }
        netns_wait 15 told
        echo "$* real $(jq -c "$filter" "$NETNS_DIR/first.log" | tail -n 1) said $(ask why --json "${@:2}")"
        [ "$(jq -c "$filter | [.verdict, .gateway, .rule, .mark]" "$NETNS_DIR/first.log" | tail -n 1)" = \
            "$(ask why --json "${@:2}" | jq -c '[.verdict, .gateway, .rule, .mark]')" ]
    }
    printf '%s\n' .listed.test full:one.test >"$NETNS_DIR/names.txt"
    rules 'gateway vpn { device vpn; address 10.3.0.2, fd03::2; mark 0x3; endpoint 10.9.0.77 }' 'iif lan tcp dport 7 via vpn' \
        'not iif * tcp dport 8 via vpn' 'oif isp udp dport 8 via vpn' 'tcp dport 8 main' "set listed host { file \"$NETNS_DIR/names.txt\" }" \
        'host @listed via vpn'
    ask reload
    netns_spawn router first.log "$NFQROUTE" watch --json
    netns_wait 10 watches first.log
    for server in "${SERVERS[@]}"; do
        case $server in *:*) client=fd01::2 router=fd02::1 at=[$server] ;; *) client=10.1.0.2 router=10.2.0.1 at=$server ;; esac
        peer tcp "$server" 7 100 1
        first ".dst == \"$server\" and .proto == \"tcp\" and .dport == 7" $client "$server" 7
        peer tcp "$server" 8 100 1
        first ".src == \"$client\" and .dst == \"$server\" and .proto == \"tcp\" and .dport == 8" $client "$server" 8
        netns_exec router "$TOOLS/tool_peer" tcp "$server" 8 100 1
        first ".src == \"$router\" and .proto == \"tcp\" and .dport == 8" $router "$server" 8
        netns_exec router "$TOOLS/tool_peer" udp "$server" 8 100 1
        first ".src == \"$router\" and .proto == \"udp\" and .dport == 8" $router "$server" 8 proto udp
        netns_exec client timeout 1 openssl s_client -connect "$at:443" -servername a.listed.test </dev/null >/dev/null 2>&1 || :
        first ".dst == \"$server\" and .host == \"a.listed.test\"" $client "$server" 443 host a.listed.test
    done
    ask why 10.1.0.2 10.9.0.77 7 | grep -q 'decided: main (gateway endpoint)'
    ip -n "$(netns router)" link set vpn down
    netns_wait 15 eval "ask status --json | jq -e '.gateways[0].ipv4.up == false'"
    run peer tcp 10.9.0.1 7 100 1
    [ "$status" != 0 ]
    first '.dst == "10.9.0.1" and .dport == 7 and .verdict == "reject"' 10.1.0.2 10.9.0.1 7
    ip -n "$(netns router)" link set vpn up
    ip -n "$(netns router)" address add fd03::1/64 dev vpn nodad 2>/dev/null || :
    netns_wait 15 eval "ask status --json | jq -e '.gateways[0] | .ipv4.up and .ipv6.up'"
    ask pause
    [ "$(ask why --json 10.1.0.2 10.9.0.1 7 | jq -c '[.verdict, .mark, .why]')" = '["main","0x0","paused"]' ]
    ask resume
    usual_rules
    ask reload
}

@test "why says of hundreds of connections by chance what their packets get" {
    local tool=$BATS_TEST_DIRNAME/../lib/why-and-packets.py seed=$RANDOM
    echo "seed $seed"
    rules 'gateway vpn { address 10.3.0.2; address fd03::2; mark 0x3 }' "$("$tool" rules $seed)"
    ask reload
    run netns_exec client "$tool" packets $seed "$NFQROUTE_SOCKET" 10.1.0.2,fd01::2 "${SERVERS[@]}"
    echo "$output"
    [ "$status" = 0 ]
    [[ $output =~ ^(19[0-9]|200)\ alike:.*main\ .*via\  ]]
    usual_rules
    ask reload
}

@test "flush: UDP is decided anew at once, TCP is reset to be opened again, others are let alone" {
    netns_exec client timeout 20 python3 - "$(netns router)" "$NFQROUTE" <<'EOF'
import socket, subprocess, sys
def flush(*words):
    subprocess.run(["ip", "netns", "exec", sys.argv[1], sys.argv[2], "flush", *words], check=True)
def connect(address, port, kind):
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
    s.settimeout(5)
    s.connect((address, port))
    talk(s)
    return s
def talk(s):
    s.send(b"x" * 100)
    assert s.recv(100)
for address in "10.9.0.1", "fd09::1":
    udp, tcp, other = connect(address, 7, socket.SOCK_DGRAM), connect(address, 7, socket.SOCK_STREAM), \
        connect(address, 8, socket.SOCK_STREAM)
    flush("gateway", "vpn", "client", udp.getsockname()[0])
    talk(udp)
    talk(other)
    try:
        tcp.send(b"x" * 100)
        tcp.recv(100)
        sys.exit("not reset")
    except (ConnectionResetError, ConnectionRefusedError): pass
    udp.send(b"x")
EOF
    run ask flush
    [ "$status" = 2 ]
    [[ $(raw $'{"verb":"flush"}\n') == *'"bad-argument"'*"which? rule, gateway"* ]]
}

# A UDP connection is decided anew when the rule's hits grow by its next packet; a TCP one is reset when it says something.
@test "flush by rule and by host ends these connections and no others" {
    usual_rules
    echo 'host .vpn.test via vpn' >>"$NETNS_DIR/rules.d/10-test.rules"
    ask reload
    netns_exec client timeout 60 python3 - "$(netns router)" "$NFQROUTE" <<'EOF'
import json, socket, struct, subprocess, sys, time
def ask(*words):
    return json.loads(subprocess.run(["ip", "netns", "exec", sys.argv[1], sys.argv[2], *words, "--json"], check=True, stdout=subprocess.PIPE).stdout)
def hits(line):
    return next(rule["hits"] for rule in ask("status")["rules"] if rule["rule"].endswith(":%d" % line))
def connect(address, port, kind, said=b"x" * 100):
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
    s.settimeout(5)
    s.connect((address, port))
    talk(s, said)
    return s
def talk(s, said=b"x" * 100):
    s.send(said)
    assert s.recv(1000)
def is_reset(s):
    try: talk(s)
    except (ConnectionResetError, ConnectionRefusedError): return True
    return False
def http(name): return b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % name
def question(name):
    return struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) + b"".join(bytes([len(part)]) + part for part in name.split(b".")) + b"\0\0\1\0\1"
def anew(line, s, said, words, count):
    before, other = hits(line), ask("flush", *words)
    talk(s, said)
    end = time.monotonic() + 2
    while hits(line) - before < count and time.monotonic() < end: pass
    assert hits(line) - before == count, (words, count)
    return other
tcp, udp = socket.SOCK_STREAM, socket.SOCK_DGRAM
for address in "10.9.0.1", "fd09::1":
    # by rule: 2 is for TCP to port 7, 3 for UDP
    first, datagrams = connect(address, 7, tcp), connect(address, 7, udp)
    mine = "client", first.getsockname()[0]
    done = anew(3, datagrams, b"x", ("rule", "10-test.rules:3", *mine), 1)
    assert done["forgotten"] > 0, done # how many are reset is not told from those of other tests, here and below
    talk(first)
    done = anew(3, datagrams, b"x", ("rule", "10-test.rules:2", *mine), 0)
    assert done["reset"] > 0, done
    assert is_reset(first)
    # by host: 4 is for all names below vpn.test
    one, two = (connect(address, 443, tcp, http(name)) for name in (b"a.vpn.test", b"b.vpn.test"))
    asked = connect(address, 443, udp, question(b"a.vpn.test"))
    done = anew(4, asked, question(b"a.vpn.test"), ("host", "b.vpn.test", *mine), 0)
    assert done["reset"] > 0, done
    assert is_reset(two)
    talk(one)
    done = anew(4, asked, question(b"a.vpn.test"), ("host", ".vpn.test", *mine), 1)
    assert done["reset"] > 0 and done["forgotten"] > 0, done
    assert is_reset(one)
EOF
    run ask flush app nonsense
    [ "$status" = 1 ]
    [[ $output == *'there is no app "nonsense"' ]]
    usual_rules
    ask reload
}

@test "names that would drive a terminal, and long ones of many letters, are told as text" {
    usual_rules
    echo 'host .vpn.test via vpn' >>"$NETNS_DIR/rules.d/10-test.rules" # so that names are looked for
    ask reload
    netns_exec client timeout 20 python3 - "${SERVERS[@]}" <<'EOF'
import socket, sys
# CSI as UTF-8 and as a byte, ESC, DEL; a letter of two bytes
for address in sys.argv[1:]:
    for name in "\u009b31ma.test", "\x1b[31mb.test", "\x7fc.test", "\u00fc.test":
        s = socket.create_connection((address, 443), 5)
        s.settimeout(5)
        s.send(b"GET / HTTP/1.1\r\nHost: " + name.encode() + b"\r\n\r\n")
        assert s.recv(100)
EOF
    netns_wait 15 eval '[ "$(ask flows --json app http | jq ".flows | length")" -ge 8 ]'
    for command in flows learned 'top -b -n1 -d0.2 --by host'; do
        # shellcheck disable=SC2086 # words
        { ask $command; ask $command --json; } >"$NETNS_DIR/said"
        # neither ASCII's control characters nor Latin-1's
        [ "$(tr -d '\n' <"$NETNS_DIR/said" | iconv -f utf-8 -t utf-16be | od -An -v -tu2 --endian=big -w2 |
            awk '$1 < 32 || ($1 >= 127 && $1 < 160)' | wc -l)" = 0 ]
    done
    # columns are counted in letters
    ask learned | PYTHONUTF8=1 python3 -c '
import sys
lines = sys.stdin.read().split("\n")
ours = [line for line in lines if "http \u00fc.test" in line]
assert len(ours) == 2 and all(line.index("payload") == lines[0].index("FROM") for line in ours), lines'
    usual_rules
    ask reload
}

@test "pause: what is new goes by main, what is decided keeps its path; resume" {
    ask pause
    ask status --json | jq -e .paused
    ask reload # stays paused
    before=$(netns_bytes router vpn tx)
    peer tcp 10.9.0.1 7 10000 2
    [ $(($(netns_bytes router vpn tx) - before)) -lt 5000 ]
    ask resume
    before=$(netns_bytes router vpn tx)
    peer tcp 10.9.0.1 7 10000 2
    [ $(($(netns_bytes router vpn tx) - before)) -gt 20000 ]
}

@test "a watcher that does not read is told what he has missed, and nothing else waits for him" {
    python3 - "$NFQROUTE_SOCKET" <<'EOF' &
import json, socket, sys, time, os
s = socket.socket(socket.AF_UNIX)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s.connect(sys.argv[1])
s.sendall(b'{"verb":"watch"}\n')
lines = s.makefile()
assert json.loads(next(lines))["event"]["watching"]
open(sys.argv[1] + ".watching", "w").close()
while not os.path.exists(sys.argv[1] + ".flooded"): time.sleep(0.05)
s.settimeout(60)
lost = got = 0
for line in lines:                                # until the last, which is told apart by its port
    event = json.loads(line)["event"]
    lost += event.get("lost", 0)
    got += "src" in event
    if event.get("dport") == 8: break
print("lost", lost, "got", got, file=sys.stderr)
assert lost > 0 and lost + got >= 5000, (lost, got)
EOF
    watcher=$!
    netns_wait 10 test -e "$NFQROUTE_SOCKET.watching"
    # far more than fits between the daemon and him
    netns_exec client python3 - "$NFQROUTE_SOCKET" <<'EOF'
import json, socket, sys
control = socket.socket(socket.AF_UNIX)
control.connect(sys.argv[1])
answers = control.makefile()

def judged():
    control.sendall(b'{"verb":"status"}\n')
    return sum(queue["packets"] for queue in json.loads(next(answers))["result"]["queues"])

s = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(20)]
before = judged()
for port in range(20000, 20250):
    for one in s:
        one.sendto(b"x", ("10.9.0.1", port))
    # a queue that is full lets packets pass
    while port % 10 == 9 and judged() - before < (port - 19999) * len(s):
        pass
EOF
    touch "$NFQROUTE_SOCKET.flooded"
    gone() { peer tcp 10.9.0.1 8 1000 1; ! kill -0 $watcher; }
    netns_wait 60 gone
    wait $watcher
    ask status --json | jq -e '[.queues[].dropped_full] | add == 0'
}

# --- metrics ----------------------------------------------------------------------------------------------------

@test "metrics: by HTTP over both families and in a file, as Prometheus wants them" {
    need curl
    for listen in 127.0.0.1:9469 '[::1]:9469'; do
        usual_rules
        peer tcp 10.9.0.1 7 1000 2 # is there when connections are counted
        printf '%s\n' "option metrics $listen" "option metrics-textfile $NETNS_DIR/nfqroute.prom" >"$NETNS_DIR/rules.d/20-metrics.rules"
        ask reload
        peer tcp 10.9.0.1 7 1000 2
        netns_wait 10 test -s "$NETNS_DIR/nfqroute.prom"
        netns_wait 10 scraped "$listen" '^nfqroute_rule_hits_total\{rule=".*10-test.rules:2"\} [1-9]'
        grep -qx 'nfqroute_gateway_up{gateway="vpn",family="ipv6"} 1' "$NETNS_DIR/metrics"
        grep -Eq '^nfqroute_gateway_connections\{gateway="vpn"\} [1-9]' "$NETNS_DIR/metrics"
        [ "$(netns_exec router curl -sgo /dev/null -w '%{http_code}' "http://$listen/")" = 404 ]
        # the file has the same figures, and no half of them
        diff <(sed -n 's/[{ ].*//; /^nfqroute/p' "$NETNS_DIR/nfqroute.prom" | sort -u) \
            <(sed -n 's/[{ ].*//; /^nfqroute/p' "$NETNS_DIR/metrics" | sort -u)
    done
    if command -v promtool; then promtool check metrics <"$NETNS_DIR/metrics"; fi
    # the dashboard asks for nothing else
    # shellcheck disable=SC2013 # a name has no blank
    for metric in $(grep -o 'nfqroute_[a-z_]*' dist/grafana.json | sort -u); do
        grep -q "^${metric}[{ ]" "$NETNS_DIR/metrics" || { echo "dist/grafana.json: there is no $metric"; false; }
    done
    echo 'option metrics 9469' >"$NETNS_DIR/rules.d/20-metrics.rules"
    run ask reload
    [ "$status" = 1 ]
    [[ $output == *"20-metrics.rules:1:16: error: '9469' is not an address with a port"* ]]
    rm "$NETNS_DIR/rules.d/20-metrics.rules"
    ask reload
    [ ! -e "$NETNS_DIR/nfqroute.prom" ]
    run netns_exec router curl -sg "http://$listen/metrics"
    [ "$status" = 7 ]
}

# scraped ADDRESS REGEX: what is served there has such a line; it is in the file metrics
scraped() {
    netns_exec router curl -sgf "http://$1/metrics" >"$NETNS_DIR/metrics"
    grep -Eq "$2" "$NETNS_DIR/metrics"
}

# --- those who must not disturb it ------------------------------------------------------------------------------

@test "garbage, half lines, who never reads, a thousand connections: no packet is lost, and others are answered" {
    traffic_begin
    python3 - "$NFQROUTE_SOCKET" <<'EOF'
import json, random, resource, socket, sys
random.seed(1)
resource.setrlimit(resource.RLIMIT_NOFILE, (2048, 2048))

def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    return s

def send(s, data):
    try: s.sendall(data)
    except (BrokenPipeError, ConnectionResetError): pass

idle = [connect() for _ in range(1000)]           # silent
for s in idle[::2]: send(s, b'{"verb":"sta')      # half a line
for _ in range(300): send(connect(), random.randbytes(random.randrange(1, 20000)))
greedy = []                                       # ask for all, and never read
for _ in range(30):
    s = connect()
    s.setblocking(False)
    try:
        while True: s.send(b'{"verb":"verbs"}\n' * 200)
    except (BlockingIOError, BrokenPipeError, ConnectionResetError): pass
    greedy.append(s)
for _ in range(50):                               # and yet
    s = connect()
    s.settimeout(60)                              # an answer at all: busy machines stand still for seconds
    s.sendall(b'{"verb":"status"}\n')
    assert json.loads(s.makefile().readline())["result"]["pid"]
EOF
    traffic_end
    ask status --json | jq -e .pid
}

@test "the end takes the socket away; a killed one's is taken over, a living one's is not" {
    echo 'option hooks off' >"$NETNS_DIR/second.rules"
    netns_spawn client second.log "$NFQROUTE" -r "$NETNS_DIR/second.rules" -q9
    netns_wait 20 netns_logged second.log 'nobody can ask or command this daemon: .* is the socket of another daemon'
    netns_stop "$NETNS_PID"
    ask status --json | jq -e .pid
    netns_stop "$DAEMON" KILL
    [ -S "$NFQROUTE_SOCKET" ]
    none() { local status=0; ask status || status=$?; [ $status = 3 ]; }
    netns_wait 15 none # when its last thread has gone
    netns_spawn router third.log "$NFQROUTE" -r "$NETNS_DIR/rules.d" -q0
    netns_wait 20 netns_logged third.log '^nfqroute: ready'
    ask status --json | jq -e .pid
    netns_stop "$NETNS_PID"
    [ ! -e "$NFQROUTE_SOCKET" ]
}
