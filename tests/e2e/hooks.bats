#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# hooks.bats - the firewall hooks with a real queue: what is queued, marked, saved, restored, refused, left behind
#
# A client, a router with the hooks, and a server behind two ways: wan (main table) and vpn (mark 0x9, own table).
# NFQR_HOOKS says which backend is tried: iptables (default), iptables-legacy or nft.

# shellcheck disable=SC2030,SC2031 # each test is a subshell
load ../lib/netns

TOOLS=$(cd "$(dirname "${NFQROUTE:-build/nfqroute}")/tests/e2e" && pwd)
MASK=0xff MAIN=0xff DROP=0x7e REJECT=0x7d
# As PROTOCOL,ADDRESS; everything below goes over all of them.
PEERS=("tcp,10.9.0.1" "udp,10.9.0.1" "tcp,fd09::1" "udp,fd09::1")

setup_file() {
    case ${NFQR_HOOKS:=iptables} in
    nft) need_for_file conntrack iptables ip6tables nft nft-queue || return 0 ;;
    *) need_for_file conntrack iptables ip6tables nft xt-queue "$NFQR_HOOKS" || return 0 ;;
    esac
    export NFQR_HOOKS
    netns_begin
    if [ "$NFQR_HOOKS" = iptables-legacy ]; then
        mkdir "$NETNS_DIR/bin"
        for program in {ip,ip6}tables{,-save,-restore}; do
            ln -s "$(command -v "${program/tables/tables-legacy}")" "$NETNS_DIR/bin/$program"
        done
        export PATH=$NETNS_DIR/bin:$PATH
    fi
    network
    netns_keep
}

network() {
    netns_add client router server
    netns_lan
    for way in "wan 2" "vpn 3"; do
        # shellcheck disable=SC2086 # to be split
        set -- $way
        netns_link router "$1" server "$1"
        netns_addr router "$1" "10.$2.0.1/24" "fd0$2::1/64"
        netns_addr server "$1" "10.$2.0.2/24" "fd0$2::2/64"
    done
    netns_batch router <<END
route add default via 10.2.0.2
route add default via fd02::2
route add default via 10.3.0.2 table 9
route add default via fd03::2 table 9
rule add fwmark 0x9/0x7f lookup 9 priority 10
END
    ip -n "$(netns router)" -6 rule add fwmark 0x9/0x7f lookup 9 priority 10
    netns_batch server <<END
address add 10.9.0.1/32 dev lo
address add fd09::1/128 dev lo nodad
route add 10.1.0.0/24 via 10.2.0.1
route add fd01::/64 via fd02::1
END
    netns_forward router
    for name in router server; do
        netns_sysctl $name net.ipv4.conf.{all,wan,vpn}.rp_filter=0
    done
    netns_spawn server server.log "$TOOLS/tool_peer" serve 7
    netns_wait 10 netns_logged server.log ready
}

setup() {
    netns_file
    BACKEND=$NFQR_HOOKS
    # as if nothing had been before
    forget
    echo ready >"$NETNS_DIR/server.log"
}

teardown() {
    [ -z "${NETNS_LACKS-}" ] || return 0
    netns_rest
    netns_exec router nft flush ruleset
    [ "$BACKEND" != iptables-legacy ] || both_restored
}

both_restored() {
    local nothing
    nothing=$(printf '%s\nCOMMIT\n' '*raw' $'*mangle\n:PREROUTING ACCEPT\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n:POSTROUTING ACCEPT' \
        '*nat' $'*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT')
    netns_exec router iptables-restore <<<"$nothing" && netns_exec router ip6tables-restore <<<"$nothing"
}

teardown_file() { netns_end; }

# hooks [OPTION...] ACTION...: one gateway with mark 0x9. Its device is not named: the server's answers come back by wan,
# whichever way they were asked, and with a device they would be for who came in by it (return.bats).
hooks() {
    netns_exec router "$TOOLS/tool_hooks" -b "${BACKEND%-legacy}" -g 0x9 "$@"
}

# queue VALUE...: the listener on queue 0, its log emptied.
queue() {
    [ -z "$QUEUE_PID" ] || netns_stop "$QUEUE_PID"
    rm -f "$NETNS_DIR/queue.log"
    netns_spawn router queue.log "$TOOLS/tool_queue" 0 $MASK "$@"
    QUEUE_PID=$NETNS_PID
    netns_wait 10 netns_logged queue.log bound
}

# bound COUNT: so many queues have a listener.
bound() {
    [ "$(grep -c bound "$NETNS_DIR/queue.log")" = "$1" ]
}

# queued [REGEX]: how many packets the listener has seen.
queued() {
    grep -v bound "$NETNS_DIR/queue.log" | grep -Ec "${1:-.}" || :
}

# queued_of PROTOCOL,ADDRESS: the same, of these only: a former connection's last packets may come late.
queued_of() {
    local family=4 protocol=6
    case $1 in *:*) family=6 ;; esac
    case $1 in udp*) protocol=17 ;; esac
    queued "^$family $protocol "
}

# talk NAMESPACE PROTOCOL,ADDRESS BYTES [ROUNDS]
talk() {
    netns_exec "$1" "$TOOLS/tool_peer" "${2%,*}" "${2#*,}" 7 "${@:3}"
}

# connmarks PROTOCOL,ADDRESS: those of the connections to the server, each once.
connmarks() {
    local family=ipv4
    case $1 in *:*) family=ipv6 ;; esac
    netns_exec router conntrack -L -f $family -p "${1%,*}" -d "${1#*,}" 2>/dev/null |
        grep -o 'mark=[0-9]*' | sort -u
}

# forget: no connection is known, and none goes on: who was dropped would send again, and use up a verdict of the next one.
forget() {
    local name
    for name in client router server; do
        netns_exec "$name" ss -HtK >/dev/null 2>&1 || :
    done
    netns_exec router conntrack -F 2>/dev/null
}

# both ARGUMENT...: the same iptables rule for both families, in the router.
both() {
    netns_exec router iptables -w "$@" && netns_exec router ip6tables -w "$@"
}

# counted TABLE CHAIN COMMENT: packets of the two rules with this comment.
counted() {
    local program
    for program in iptables ip6tables; do
        netns_exec router $program -w -t "$1" -vxnL "$2"
    done | awk -v c="/* $3 */" 'index($0, c) { n += $1 } END { print n + 0 }'
}

# rulesets [PROGRAM...]: all that the firewall has, without counters.
rulesets() {
    local program
    [ $# -gt 0 ] || set -- iptables-save ip6tables-save "nft list ruleset"
    for program; do
        # shellcheck disable=SC2086 # to be split
        netns_exec router $program 2>/dev/null |
            sed '/^#/d; s/ \[[0-9]*:[0-9]*\]$//; s/packets [0-9]* bytes [0-9]*//'
    done
}

# each FUNCTION NAMESPACE...: calls it with each namespace and each of PEERS. In a slow guest the first and last pair
# must do: both protocols, both families, both namespaces all the same; nft.bats has the others.
each() {
    local function=$1 peer name pair=0 last
    shift
    last=$(($# * ${#PEERS[@]}))
    for name; do
        for peer in "${PEERS[@]}"; do
            pair=$((pair + 1))
            [ -z "$NFQR_VM" ] || [ $pair = 1 ] || [ $pair = $last ] || continue
            forget
            "$function" "$name" "$peer" || { echo "failed: $function $name $peer" >&2; return 1; }
        done
    done
}

# all_at_once FUNCTION NAMESPACE...: the same side by side, for what is waited for in vain
all_at_once() {
    local function=$1 peer name pid pids=()
    shift
    forget
    for name; do
        for peer in "${PEERS[@]}"; do
            { "$function" "$name" "$peer" || { echo "failed: $function $name $peer" >&2; false; }; } 3>&- 4>&- &
            pids+=($!)
        done
    done
    for pid in "${pids[@]}"; do
        wait "$pid" || return
    done
}

# expect WHAT GOT WANTED
expect() {
    [ "$2" = "$3" ] || { echo "$1: $2, wanted $3" >&2; return 1; }
}

# --- the way of a connection -------------------------------------------------------------------------------------

decided_at_first() {
    local before after
    queue 0x9
    before=$(netns_bytes router vpn tx)
    expect answer "$(talk "$1" "$2" 1000 20)" ok &&
        expect "packets queued" "$(queued)" 1 &&
        expect "first mark" "$(queued ' 0x0$')" 1 &&
        expect connmark "$(connmarks "$2")" mark=9 || return
    after=$(netns_bytes router vpn tx)
    [ $((after - before)) -gt 20000 ] || { echo "only $((after - before)) bytes by vpn" >&2; return 1; }
}

@test "one packet is queued, its mark is saved and restored" {
    hooks install
    each decided_at_first client router
}

decided_for_main() {
    local before after
    queue $MAIN
    before=$(netns_bytes router vpn tx)
    expect answer "$(talk "$1" "$2" 1000 20)" ok &&
        expect "packets queued" "$(queued)" 1 &&
        expect connmark "$(connmarks "$2")" mark=255 || return
    after=$(netns_bytes router vpn tx)
    [ $((after - before)) -lt 1000 ] || { echo "$((after - before)) bytes by vpn" >&2; return 1; }
}

@test "main is remembered too" {
    hooks install
    each decided_for_main client router
}

@test "megabytes flow without the queue" {
    hooks install
    queue 0x9
    expect answer "$(talk client tcp,10.9.0.1 8000000)" ok
    expect answer "$(talk router tcp,fd09::1 8000000)" ok
    expect "the queue's own count" "$(netns_queue_field router 0 8)" 2
}

late_decision() {
    queue 0 0 0x9
    expect answer "$(talk "$1" "$2" 1000 20)" ok &&
        expect "packets queued" "$(queued)" 3 &&
        expect "marks" "$(sed -n 's/.* //p' "$NETNS_DIR/queue.log" | xargs)" "$3" &&
        expect connmark "$(connmarks "$2")" mark=9
}
late_tcp() { case $2 in tcp*) late_decision "$@" "0x0 0x80 0x80" ;; esac }
late_udp() { case $2 in udp*) late_decision "$@" "0x0 0x80 0x80" ;; esac }

@test "an undecided connection stays in the queue, with the open bit behind its first packet" {
    hooks install
    each late_tcp client router
    each late_udp client router
}

provisional() {
    local before after
    queue 0x89 0x89 $MAIN
    before=$(netns_bytes router vpn tx)
    expect answer "$(talk "$1" "$2" 1000 20)" ok &&
        expect "packets queued" "$(queued)" 3 &&
        expect connmark "$(connmarks "$2")" mark=255 || return
    after=$(netns_bytes router vpn tx)
    [ $((after - before)) -gt 100 ] || { echo "nothing went by vpn" >&2; return 1; }
}

@test "a provisional mark routes the packet and is not saved" {
    hooks install
    each provisional client router
}

@test "replies carry no mark, whoever restores it" {
    # as wg-quick does it, and worse
    both -t mangle -A PREROUTING -j CONNMARK --restore-mark
    both -t mangle -A FORWARD -m conntrack --ctdir REPLY -m mark ! --mark 0/$MASK -m comment --comment marked
    both -t mangle -A FORWARD -m conntrack --ctdir REPLY -m mark --mark 0/$MASK -m comment --comment clean
    both -t mangle -A INPUT -m conntrack --ctdir REPLY -m mark ! --mark 0/$MASK -m comment --comment marked
    both -t mangle -A INPUT -m conntrack --ctdir REPLY -m mark --mark 0/$MASK -m comment --comment clean
    hooks install
    each decided_at_first client router
    expect "marked replies" "$(counted mangle FORWARD marked) $(counted mangle INPUT marked)" "0 0"
    [ "$(counted mangle FORWARD clean)" -ge 20 ]
    [ "$(counted mangle INPUT clean)" -ge 20 ]
}

foreign_bits() {
    queue 0x9
    expect answer "$(talk "$1" "$2" 1000 20)" ok &&
        expect "packets queued" "$(queued)" 1 &&
        expect "mark in the queue" "$(queued ' 0x5500$')" 1 &&
        expect connmark "$(connmarks "$2")" mark=$((0x66000009))
}

@test "foreign bits of mark and connmark stay" {
    local chain
    for chain in PREROUTING OUTPUT; do
        both -t mangle -A $chain -m conntrack --ctdir ORIGINAL -j MARK --set-xmark 0x5500/0xff00
        both -t mangle -A $chain -m conntrack --ctdir ORIGINAL -j CONNMARK --set-xmark 0x66000000/0xff000000
    done
    both -t mangle -A POSTROUTING -m conntrack --ctdir ORIGINAL -m mark --mark 0x5509 -m comment --comment right
    both -t mangle -A POSTROUTING -m conntrack --ctdir ORIGINAL -m mark ! --mark 0x5509 -m comment --comment wrong
    hooks install
    each foreign_bits client router
    expect "wrong marks" "$(counted mangle POSTROUTING wrong)" 0
    [ "$(counted mangle POSTROUTING right)" -ge 40 ]
}

@test "a mark that spreads over the word works the same" {
    MASK=0xf0003000
    netns_exec router ip rule add fwmark 0x10000000/0x70003000 lookup 9 priority 9
    hooks -m $MASK -g 0x10000000 install
    both -t mangle -A POSTROUTING -m conntrack --ctdir ORIGINAL -m mark --mark 0x10000000 -m comment --comment right
    both -t mangle -I OUTPUT -j MARK --or-mark 0x5
    queue 0x10000000
    expect answer "$(talk client tcp,10.9.0.1 1000 20)" ok
    expect connmark "$(connmarks tcp,10.9.0.1)" mark=$((0x10000000))
    [ "$(counted mangle POSTROUTING right)" -gt 20 ]
    forget
    expect answer "$(talk router udp,10.9.0.1 1000 20)" ok
    expect connmark "$(connmarks udp,10.9.0.1)" mark=$((0x10000000))
    expect "packets queued" "$(queued)" 2
}

@test "marks of others within our bits are left alone; inherited ones are judged afresh" {
    hooks install
    queue $MAIN
    # WireGuard's outer packets carry 0xca6c by default
    expect answer "$(netns_exec router "$TOOLS/tool_peer" -m 0xca6c udp 10.9.0.1 7 100 3)" ok
    expect "packets queued" "$(queued)" 0
    expect connmark "$(connmarks udp,10.9.0.1)" mark=0
    forget
    # the daemon's own: by the gateway, never queued; the open bit is saved along, so that its answers are known
    local before
    before=$(netns_bytes router vpn tx)
    expect answer "$(netns_exec router "$TOOLS/tool_peer" -m 0x89 udp 10.9.0.1 7 100 3)" ok
    expect "packets queued" "$(queued)" 0
    expect connmark "$(connmarks udp,10.9.0.1)" mark=137
    [ $(($(netns_bytes router vpn tx) - before)) -gt 300 ]
    forget
    expect answer "$(netns_exec router "$TOOLS/tool_peer" -m 0x9 udp 10.9.0.1 7 100 3)" ok
    expect "packets queued" "$(queued ' 0x0$')" 1
    expect connmark "$(connmarks udp,10.9.0.1)" mark=255
}

# --- the end of a connection -------------------------------------------------------------------------------------

dropped() {
    expect answer "$(talk "$1" "$2" 100 || :)" "$([ "${2%,*}" = tcp ] && echo connect || echo echo): Connection timed out"
}

@test "a dropped connection gets no answer" {
    hooks install
    queue $DROP
    all_at_once dropped client router
    expect "connections the server saw" "$(grep -vc ready "$NETNS_DIR/server.log" || :)" 0
}

rejected() {
    queue $REJECT
    expect answer "$(talk "$1" "$2" 100 || :)" "$([ "${2%,*}" = tcp ] && echo connect || echo echo): Connection refused"
}

@test "a rejected connection is refused at once" {
    hooks install
    each rejected client router
    expect "connections the server saw" "$(grep -vc ready "$NETNS_DIR/server.log" || :)" 0
}

ended_late() {
    local wanted="$3"
    queue 0 0 "$4"
    expect answer "$(talk "$1" "$2" 1000 20 || :)" "$wanted" &&
        expect "packets queued" "$(queued_of "$2")" 3 &&
        expect connmark "$(connmarks "$2")" "mark=$(($4))"
}
dropped_late() { ended_late "$1" "$2" "echo: Connection timed out" $DROP; }
rejected_late() {
    case $2 in
    tcp*) ended_late "$1" "$2" "echo: Connection reset by peer" $REJECT ;;
    udp*) ended_late "$1" "$2" "echo: Connection refused" $REJECT ;;
    esac
}

@test "an established connection can be dropped" {
    hooks install
    each dropped_late client router
}

@test "an established connection can be rejected" {
    hooks install
    each rejected_late client router
}

@test "a rule that accepts everything before ours lets nothing refused out" {
    hooks install
    for chain in FORWARD OUTPUT INPUT; do
        both -I $chain -j ACCEPT
    done
    queue 0x9
    each decided_at_first client router
    queue $REJECT
    # with iptables they accept what we would reject; an nft chain accepts for itself alone
    local wanted="connect: Connection timed out"
    [ "$BACKEND" != nft ] || wanted="connect: Connection refused"
    expect answer "$(talk client tcp,10.9.0.1 100 || :)" "$wanted"
    expect answer "$(talk router tcp,fd09::1 100 || :)" "$wanted"
}

# --- what is not queued ------------------------------------------------------------------------------------------

works() { expect answer "$(talk "$1" "$2" 1000 20)" ok; }
works_unmarked() { works "$@" && expect connmark "$(connmarks "$2")" mark=0; }

@test "nobody listens: everything passes, unmarked" {
    hooks install
    each works_unmarked client router
}

@test "loopback is not queued" {
    hooks install
    queue hold
    netns_serve router 7
    expect answer "$(talk router tcp,127.0.0.1 1000)" ok
    expect answer "$(talk router udp,::1 1000)" ok
    expect answer "$(talk router tcp,10.1.0.1 1000)" ok
    expect "packets queued" "$(queued)" 0
}

@test "neighbour discovery is not queued" {
    hooks install
    queue $MAIN
    ip -n "$(netns router)" -6 neigh flush dev wan
    ip -n "$(netns server)" -6 neigh flush dev wan
    netns_exec router ping -q -n -c 1 -W 5 fd02::2
    netns_exec server ping -q -n -c 1 -W 5 fd02::1
    expect "packets queued" "$(queued) $(queued '^6 58 ')" "2 2"
}

@test "local and forwarded connections are switched by option" {
    hooks -L install
    queue $MAIN
    expect answer "$(talk router tcp,10.9.0.1 100)" ok
    expect "packets queued" "$(queued)" 0
    expect answer "$(talk client tcp,10.9.0.1 100)" ok
    expect "packets queued" "$(queued)" 1
    hooks -F install
    expect answer "$(talk client tcp,fd09::1 100)" ok
    expect "packets queued" "$(queued)" 1
    expect answer "$(talk router tcp,fd09::1 100)" ok
    expect "packets queued" "$(queued)" 2
}

@test "four queues share the connections" {
    hooks -q 0:3 install
    queue $MAIN
    local n
    for n in 1 2 3; do
        netns_spawn router queue.log "$TOOLS/tool_queue" $n $MASK $MAIN
    done
    netns_wait 10 bound 4
    each works client router
    expect "packets queued" "$(queued)" "$([ -n "$NFQR_VM" ] && echo 2 || echo 8)"
}

@test "masquerading for a gateway, by its device, both families" {
    netns_exec router "$TOOLS/tool_hooks" -b "${BACKEND%-legacy}" -M 0x9:vpn -g 0xa install
    queue 0x9
    each works client router
    expect "addresses seen" "$(sed -n 's/^[tu][cd]p //p' "$NETNS_DIR/server.log" | sort -u | xargs)" '10.3.0.1 fd03::1'
    queue $MAIN
    forget
    expect answer "$(talk client tcp,10.9.0.1 100)" ok
    grep -qx 'tcp 10.1.0.2' "$NETNS_DIR/server.log"
}

# --- beside others ------------------------------------------------------------------------------------------------

# Policies of DROP, chains as Docker makes them, NAT, another user of marks, a table of nft's.
foreign_rules() {
    local chain
    both -N DOCKER-USER
    both -N DOCKER-ISOLATION-STAGE-1
    both -A DOCKER-USER -j RETURN
    both -A DOCKER-ISOLATION-STAGE-1 -j RETURN
    both -A FORWARD -j DOCKER-USER
    both -A FORWARD -j DOCKER-ISOLATION-STAGE-1
    both -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    both -A FORWARD -i lan -j ACCEPT
    both -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    both -A OUTPUT -p tcp --dport 7 -j ACCEPT
    both -A OUTPUT -p udp --dport 7 -j ACCEPT
    netns_exec router ip6tables -A INPUT -p ipv6-icmp -j ACCEPT
    netns_exec router ip6tables -A OUTPUT -p ipv6-icmp -j ACCEPT
    for chain in INPUT FORWARD OUTPUT; do
        both -P $chain DROP
    done
    both -t mangle -A PREROUTING -m comment --comment "not ours -j NFQROUTE_STEER" \
        -j CONNMARK --restore-mark --nfmask 0xff00 --ctmask 0xff00
    both -t mangle -A POSTROUTING -m mark ! --mark 0/0xff00 \
        -j CONNMARK --save-mark --nfmask 0xff00 --ctmask 0xff00
    # iptables on top of nft makes a chain at its first use and keeps it, empty
    for chain in PREROUTING INPUT FORWARD OUTPUT POSTROUTING; do
        both -t mangle -P $chain ACCEPT
    done
    both -t raw -P OUTPUT ACCEPT
    both -t nat -N DOCKER
    both -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
    both -t nat -A POSTROUTING -o docker0 -j MASQUERADE
    netns_exec router nft 'table inet firewalld { chain forward {
        type filter hook forward priority filter + 10; policy accept; counter; }; }'
}

@test "installed twice, left by a killed one, removed: the rulesets are what they were" {
    foreign_rules
    rulesets >"$NETNS_DIR/before"
    grep -q DOCKER "$NETNS_DIR/before"
    hooks -M 0xa:wan install
    hooks -M 0xa:wan -q 0:3 install replace
    rulesets >"$NETNS_DIR/between"
    run cmp -s "$NETNS_DIR/before" "$NETNS_DIR/between"
    [ "$status" -eq 1 ]
    expect "jumps and hooks" "$(grep -cE -e '-A (PREROUTING|OUTPUT) .*-j NFQROUTE_[A-Z_]+$|hook output priority mangle \+ 5' \
        "$NETNS_DIR/between")" "$([ "$BACKEND" = nft ] && echo 1 || echo 10)"
    queue 0x9
    hooks -M 0xa:wan install
    each decided_at_first client router
    hooks install remove
    rulesets >"$NETNS_DIR/after"
    diff "$NETNS_DIR/before" "$NETNS_DIR/after"
}

@test "a reload keeps what is queued, and the connections" {
    mkfifo "$NETNS_DIR/go"
    hooks install wait replace replace <"$NETNS_DIR/go" >"$NETNS_DIR/hooks.log" 2>&1 3>&- &
    local hooks_pid=$!
    exec 4>"$NETNS_DIR/go"
    netns_wait 60 netns_logged hooks.log "${BACKEND%-legacy}"
    queue hold
    netns_spawn client held.log "$TOOLS/tool_peer" udp 10.9.0.1 7 100
    netns_wait 15 netns_logged queue.log '^4 17 '
    echo >&4
    exec 4>&-
    wait "$hooks_pid"
    expect "packets waiting" "$(netns_queue_field router 0 3)" 1
    queue 0x9
    netns_spawn client flow.log "$TOOLS/tool_peer" tcp 10.9.0.1 7 1000 20000
    netns_wait 15 netns_logged queue.log '^4 6 '
    hooks install replace replace replace replace
    netns_wait 20 netns_logged flow.log .
    expect answer "$(cat "$NETNS_DIR/flow.log")" ok
    expect "TCP packets queued" "$(queued '^4 6 ')" 1
}

@test "what is printed is what is installed" {
    local programs=(iptables-save ip6tables-save)
    [ "$BACKEND" != nft ] || programs=("nft list table inet nfqroute")
    hooks -M 0xa:wan install
    rulesets "${programs[@]}" >"$NETNS_DIR/installed"
    hooks install remove
    if [ "$BACKEND" = nft ]; then
        hooks -M 0xa:wan print | netns_exec router nft -f -
    else
        hooks -M 0xa:wan print | netns_exec router iptables-restore --noflush
        hooks -M 0xa:wan print | netns_exec router ip6tables-restore --noflush
    fi
    rulesets "${programs[@]}" >"$NETNS_DIR/printed"
    diff "$NETNS_DIR/installed" "$NETNS_DIR/printed"
    grep -qi masquerade "$NETNS_DIR/printed"
}

@test "what cannot be installed leaves nothing and says why" {
    rulesets >"$NETNS_DIR/before"
    run hooks -q 70000 install
    [ "$status" -eq 1 ]
    [ -n "$output" ]
    rulesets >"$NETNS_DIR/after"
    run grep -i nfqroute "$NETNS_DIR/after"
    [ "$status" -eq 1 ]
}
