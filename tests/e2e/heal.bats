# SPDX-License-Identifier: GPL-2.0-or-later
#
# heal.bats - what others take away is put back, and how soon; what they take again and again is not fought over
#
#     router == isp ==> net       10.9.0.1, fd09::1 behind both; main goes by isp
#            == vpn ==>
#
# Each takes something away and waits until connections go by vpn again: a second at most, and the time is told.
# NFQR_HOOKS=iptables-legacy runs all of it with the old kind of iptables, which sends no events.

load ../lib/netns
load ../lib/wires

SERVERS=(10.9.0.1 fd09::1)
NFQROUTE=${NFQROUTE:-build/nfqroute}
TOOLS=$(dirname "$NFQROUTE")/tests/e2e
VPN='gateway vpn { device vpn; address 10.3.0.2; address fd03::2; mark 0x3; masquerade yes }'
PORTS='tcp dport 7 via vpn'

setup() {
    need xt-queue conntrack nft iptables
    netns_begin
    if [ "${NFQR_HOOKS-}" = iptables-legacy ] || [[ $BATS_TEST_DESCRIPTION == "the old iptables"* ]]; then
        need iptables-legacy
        mkdir "$NETNS_DIR/bin"
        for program in {ip,ip6}tables{,-save,-restore}; do
            ln -s "$(command -v "${program/tables/tables-legacy}")" "$NETNS_DIR/bin/$program"
        done
        PATH=$NETNS_DIR/bin:$PATH
    fi
    [[ $BATS_TEST_DESCRIPTION != "firewall programs"* ]] || programs_that_fail
    wires_begin net
    netns_serve net 7
    mkdir "$NETNS_DIR/rules.d"
    printf '%s\n' "$VPN" "$PORTS" >"$NETNS_DIR/rules.d/10-test.rules"
    # somebody else's
    netns_exec router iptables-restore <<<$'*filter\n-A INPUT -p tcp --dport 9 -j REJECT\nCOMMIT'
    netns_spawn router nfqroute.log "$NFQROUTE" -q 0 -r "$NETNS_DIR/rules.d"
    DAEMON=$NETNS_PID
    netns_wait 10 netns_logged nfqroute.log 'ready: '
    both >"$NETNS_DIR/whole"
}

# From here on iptables and its kin cannot be run while $NETNS_DIR/away is there.
programs_that_fail() {
    local program
    IPTABLES=$(command -v iptables)
    mkdir "$NETNS_DIR/failing"
    for program in {ip,ip6}tables{,-save,-restore}; do
        printf '#!/bin/sh\n[ ! -e "%s" ] || exit 127\nexec "%s" "$@"\n' "$NETNS_DIR/away" "$(command -v "$program")" \
            >"$NETNS_DIR/failing/$program"
        chmod +x "$NETNS_DIR/failing/$program"
    done
    PATH=$NETNS_DIR/failing:$PATH
}

teardown() {
    [ -n "$BATS_TEST_COMPLETED" ] || tail -n 30 "$NETNS_DIR/nfqroute.log"
    netns_end
}

# both: all that is ours in the kernel, without counters
both() {
    for family in -4 -6; do
        ip -n "$(netns router)" $family rule
        ip -n "$(netns router)" $family route show table all | grep 'proto 83'
    done
    for program in iptables-save ip6tables-save; do
        netns_exec router $program | sed 's/ \[[0-9:]*\]$//; /^[#*]/d; /^COMMIT/d' | sort
    done
    netns_exec router nft list ruleset 2>/dev/null | grep -A1000 'inet nfqroute' || :
}
is_whole() { both | cmp -s "$NETNS_DIR/whole" -; }

# Ours are there again, each as it was, a chain of others' excepted that iptables keeps; and connections go by vpn.
has_ours() { [ -z "$(comm -23 <(sort "$NETNS_DIR/whole" | grep -E 'NFQROUTE|fwmark|proto 83') <(both | sort))" ]; }

goes_by_vpn() {
    local server before after
    for server in "${SERVERS[@]}"; do
        before=$(netns_bytes router vpn tx)
        [ "$(netns_exec router "$TOOLS/tool_peer" tcp "$server" 7 20000)" = ok ] || return
        after=$(netns_bytes router vpn tx)
        [ $((after - before)) -gt 20000 ] || { echo "only $((after - before)) bytes by vpn" >&2; return 1; }
    done
}

# heals COMMAND...: after it, ours are back; says how soon (docs: within a second, on a machine that is not busy)
heals() {
    local began
    "$@"
    began=$(date +%s%N)
    netns_wait 10 has_ours
    echo "# $*: $((($(date +%s%N) - began) / 1000000)) ms" >&3
    goes_by_vpn
}

# never REGEX: the log does not say it
never() { ! grep -E -- "$1" "$NETNS_DIR/nfqroute.log" >&2; }
in_router() { netns_exec router "$@"; }

@test "routes and rules that are flushed" {
    heals ip -n "$(netns router)" route flush proto 83 table all
    heals ip -n "$(netns router)" -6 route flush proto 83 table all
    heals ip -n "$(netns router)" rule del fwmark 3/0x7f
    flush_rules() {
        ip -n "$(netns router)" rule flush
        ip -n "$(netns router)" rule add lookup main priority 32766
        ip -n "$(netns router)" -6 rule flush
        ip -n "$(netns router)" -6 rule add lookup main priority 32766
    }
    heals flush_rules
    [ "$(grep -c 'put back what somebody removed' "$NETNS_DIR/nfqroute.log")" -ge 8 ]
}

@test "firewall rules that are flushed, a table at a time or all" {
    heals in_router iptables -t mangle -F
    heals in_router ip6tables -t mangle -F PREROUTING
    heals in_router iptables -t nat -F
    heals in_router iptables -F
    [ "${NFQR_HOOKS-}" = iptables-legacy ] || heals in_router nft flush ruleset
    grep -q 'put back the firewall hooks' "$NETNS_DIR/nfqroute.log"
}

# Who wants to change what the old iptables has, has to wait for who does so just now. The daemon's other work does not.
@test "the old iptables' lock, held for long, keeps the daemon from mending and reloading, and from nothing else" {
    local longest=0 began now
    mkfifo "$NETNS_DIR/hold"
    in_router flock /run/xtables.lock cat "$NETNS_DIR/hold" &
    exec {hold}>"$NETNS_DIR/hold"
    run flock -n /run/xtables.lock true
    [ "$status" = 1 ]
    in_router env XTABLES_LOCKFILE="$NETNS_DIR/other.lock" iptables -t mangle -F
    netns_wait 10 netns_logged nfqroute.log 'lock of iptables'
    in_router "$NFQROUTE" reload >"$NETNS_DIR/reload" {hold}>&- &
    for _ in 1 2 3 4 5; do
        began=${EPOCHREALTIME/./}
        in_router "$NFQROUTE" status >"$NETNS_DIR/status"
        now=${EPOCHREALTIME/./}
        [ $((now - began)) -le $longest ] || longest=$((now - began))
        sleep 0.1
    done
    echo "# status took $((longest / 1000)) ms at most" >&3
    grep -q 'firewall hooks.*not as they were' "$NETNS_DIR/status"
    [ ! -s "$NETNS_DIR/reload" ]
    exec {hold}>&-
    netns_wait 10 is_whole
    netns_wait 10 grep -q 'rules: 1' "$NETNS_DIR/reload"
    netns_wait 10 goes_by_vpn
    netns_wait 10 flock -n /run/xtables.lock true
}

@test "firewall programs that cannot be run for a while, as in an upgrade: what was flushed meanwhile is put back" {
    touch "$NETNS_DIR/away"
    in_router "$IPTABLES" -t mangle -F
    netns_wait 10 netns_logged nfqroute.log 'error: cannot put back the firewall hooks: .*; trying again'
    rm "$NETNS_DIR/away"
    netns_wait 20 is_whole
    goes_by_vpn
    [ "$(grep -c 'trying again' "$NETNS_DIR/nfqroute.log")" = 1 ]
}

# What firewalld and ufw do: take all away, and put in what they know of.
@test "another firewall's reload" {
    reload() {
        in_router iptables-save | grep -v NFQROUTE >"$NETNS_DIR/theirs"
        in_router iptables-restore <"$NETNS_DIR/theirs"
    }
    heals reload
    in_router iptables-save | grep -q 'dport 9 -j REJECT'
    # one that has saved ours along with its own
    again() {
        in_router iptables-save >"$NETNS_DIR/all"
        in_router iptables -t mangle -F
        in_router iptables-restore <"$NETNS_DIR/all"
    }
    heals again
    jumps_once() { [ "$(in_router iptables-save | grep -c -- '-A PREROUTING .* -j NFQROUTE_PREROUTING')" = 1 ]; }
    netns_wait 10 jumps_once
}

@test "a device that flaps, and one that comes again with another size" {
    flap() {
        ip -n "$(netns router)" link set vpn down
        ip -n "$(netns router)" link set vpn up
        ip -n "$(netns router)" address replace fd03::1/64 dev vpn nodad # IPv6 loses it
    }
    heals flap
    ip -n "$(netns router)" link del vpn
    wire vpn 3
    netns_sysctl net net.ipv4.conf.vpn.rp_filter=0
    netns_wait 10 goes_by_vpn
    ip -n "$(netns router)" link set vpn mtu 1300
    mss_follows() { in_router iptables-save -t mangle | grep -q 'set-mss 1260'; }
    netns_wait 10 mss_follows
}

@test "a next hop that DHCP changes is followed" {
    lease() { # HOP4 HOP6: as a client of DHCP sets its routes, one after the other
        for route in "-4 via $1" "-6 via $2"; do
            # shellcheck disable=SC2086 # to be split
            set -- $route
            ip -n "$(netns router)" "$1" route del default dev vpn metric 2000 2>/dev/null || :
            ip -n "$(netns router)" "$1" route add default "$2" "$3" dev vpn metric 2000
        done
    }
    # shellcheck disable=SC2317 # netns_wait calls it
    led() { # HOP4 HOP6
        ip -n "$(netns router)" route show table 33 | grep -q "default via $1 dev vpn" &&
            ip -n "$(netns router)" -6 route show table 33 | grep -q "default via $2 dev vpn"
    }
    refused() {
        local server
        for server in "${SERVERS[@]}"; do
            ip -n "$(netns router)" route get "$server" mark 3 2>&1 | grep -Eqi 'no route to host|unreachable' || return
        done
    }
    printf '%s\n' 'gateway vpn { device vpn; address auto; mark 0x3; table 33; masquerade yes }' "$PORTS" \
        >"$NETNS_DIR/rules.d/10-test.rules"
    kill -s HUP "$DAEMON"
    netns_wait 15 netns_logged nfqroute.log 'device vpn has no default route to take its next hop from'
    netns_wait 10 refused
    netns_addr net vpn 10.3.0.3/24 fd03::3/64
    for last in 2 3 2; do
        lease "10.3.0.$last" "fd03::$last"
        netns_wait 10 led "10.3.0.$last" "fd03::$last"
        goes_by_vpn
    done
    ip -n "$(netns router)" route del default dev vpn metric 2000
    ip -n "$(netns router)" -6 route del default dev vpn metric 2000
    netns_wait 10 refused
    never 'put back'
}

@test "address auto: of several next hops of one default route each device has its own" {
    sharing() { # main's default route by both, after whatever it was
        for route in "-4 10.2.0.2 $1" "-6 fd02::2 $2"; do
            # shellcheck disable=SC2086 # to be split
            set -- $route
            ip -n "$(netns router)" "$1" route flush exact default
            ip -n "$(netns router)" "$1" route add default nexthop via "$2" dev isp nexthop via "$3" dev vpn
        done
    }
    # shellcheck disable=SC2317 # netns_wait calls it
    led() { # TABLE DEVICE HOP4 HOP6
        ip -n "$(netns router)" route show table "$1" | grep -q "default via $3 dev $2" &&
            ip -n "$(netns router)" -6 route show table "$1" | grep -q "default via $4 dev $2"
    }
    sharing 10.3.0.3 fd03::3
    printf '%s\n' 'gateway vpn { device vpn; address auto; mark 0x3; table 33; masquerade yes }' \
        'gateway isp { device isp; address auto; table 34 }' 'tcp dport 8 via isp' "$PORTS" >"$NETNS_DIR/rules.d/10-test.rules"
    kill -s HUP "$DAEMON"
    netns_wait 15 led 33 vpn 10.3.0.3 fd03::3
    netns_wait 15 led 34 isp 10.2.0.2 fd02::2
    sharing 10.3.0.2 fd03::2
    netns_wait 10 led 33 vpn 10.3.0.2 fd03::2
    goes_by_vpn
}

# As providers of servers have it: one address, and a next hop that is in no network of it.
@test "address auto: a next hop that is on the device by the word of the default route alone" {
    ip -n "$(netns net)" address add 10.77.0.1/32 dev vpn
    ip -n "$(netns net)" address add fd77::1/128 dev vpn nodad
    printf '%s\n' 'gateway vpn { device vpn; address auto; mark 0x3; table 33; masquerade yes }' "$PORTS" \
        >"$NETNS_DIR/rules.d/10-test.rules"
    kill -s HUP "$DAEMON"
    netns_wait 15 netns_logged nfqroute.log 'device vpn has no default route to take its next hop from'
    ip -n "$(netns router)" route add default via 10.77.0.1 dev vpn onlink metric 2000
    ip -n "$(netns router)" -6 route add default via fd77::1 dev vpn onlink metric 2000
    led() { ip -n "$(netns router)" "$1" route show table 33 | grep -q "default via $2 dev vpn .*onlink"; }
    netns_wait 10 led -4 10.77.0.1
    netns_wait 10 led -6 fd77::1
    goes_by_vpn
    # one that the kernel took while it had a route to it; nfqroute, which the kernel would let have it too, sees the end
    for route in '-4 10.88.0.1' '-6 fd88::1'; do
        # shellcheck disable=SC2086 # to be split
        set -- $route
        kill -s STOP "$DAEMON"
        printf 'route %s\n' "add $2 dev vpn" 'del default dev vpn metric 2000' "add default via $2 dev vpn metric 2000" \
            "del $2 dev vpn" | ip -n "$(netns router)" "$1" -batch -
        kill -s CONT "$DAEMON"
        netns_wait 10 netns_logged nfqroute.log "IPv${1#-}: the next hop of device vpn's default route is not reachable"
    done
}

@test "no fight: who keeps removing them is told of, and not answered each time" {
    netns_spawn router foe.log bash -c 'while :; do iptables -w -t mangle -F; sleep 0.02; done'
    local foe=$NETNS_PID
    netns_wait 15 netns_logged nfqroute.log 'somebody keeps removing our firewall hooks; looking again in [0-9]{3,} ms'
    netns_wait 15 netns_stop "$foe"
    # and it ends well
    netns_wait 15 has_ours
    goes_by_vpn
    [ "$(grep -c 'put back the firewall hooks' "$NETNS_DIR/nfqroute.log")" -lt 20 ]
}

@test "a device that comes again does not wait for the end of a fight over rules" {
    netns_spawn router foe.log bash -c 'while :; do ip rule del fwmark 3/0x7f; sleep 0.02; done'
    local foe=$NETNS_PID
    netns_wait 20 netns_logged nfqroute.log 'somebody keeps removing our routes or rules; looking again in 6400 ms'
    netns_wait 15 netns_stop "$foe"
    ip -n "$(netns router)" link set vpn down
    ip -n "$(netns router)" link set vpn up
    ip -n "$(netns router)" address replace fd03::1/64 dev vpn nodad
    netns_wait 15 goes_by_vpn
}

@test "what others do to their own is none of ours" {
    for i in 1 2 3 4 5; do
        in_router iptables -A INPUT -p tcp --dport "100$i" -j ACCEPT
        in_router iptables -D INPUT -p tcp --dport "100$i" -j ACCEPT
        in_router nft 'table ip x { chain c { counter; }; }; delete table ip x'
        ip -n "$(netns router)" route add 10.77.0.0/16 via 10.2.0.2
        ip -n "$(netns router)" route del 10.77.0.0/16
    done
    goes_by_vpn
    is_whole
    never 'put back'
    netns_stop "$DAEMON"
    if both | grep -E 'NFQROUTE|fwmark|proto 83'; then false; fi
}
