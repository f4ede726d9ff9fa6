# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# netns.bash - networks of namespaces for the tests and the demo: made, waited for, and removed without a trace
#
# In a script (becomes root of private namespaces first, see tests/lib/private):
#
#     . tests/lib/netns.bash
#     netns_main "$0" "$@"                  # re-executes, makes a scratch directory, cleans up on any exit
#     netns_add client router
#     netns_link client eth0 router lan
#     netns_addr client eth0 10.0.0.2/24 fd00::2/64
#     netns_spawn router nfqroute.log build/nfqroute -q 0
#     netns_wait 5 netns_logged nfqroute.log 'ready'
#
# In bats (run it as `tests/lib/private bats FILE`, or by `make check`), for one network per test:
#
#     load ../lib/netns
#     setup()    { need xt-queue; netns_begin; ...; }
#     teardown() { netns_end; }
#
# and for one per file, as bats can skip tests only and not what comes before them:
#
#     setup_file()    { need_for_file xt-queue || return 0; netns_begin; ...; netns_keep; }
#     setup()         { netns_file; }
#     teardown()      { netns_rest; }
#     teardown_file() { netns_end; }
#
# Everything that is to be undone is noted
# in files below $NETNS_DIR, so it does not matter which of bats' processes undoes it.

NETNS_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# netns_main SCRIPT [ARGUMENT...]: for scripts, as the first thing. A signal is answered when the command in the
# foreground has ended: what takes long is better spawned and waited for.
netns_main() {
    [ -n "${NFQR_PRIVATE-}" ] || exec "$NETNS_LIB/private" "$@"
    trap netns_end EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    netns_begin
}

# Makes the scratch directory $NETNS_DIR. Namespaces made from here on have names that no other run uses.
netns_begin() {
    [ -n "${NFQR_PRIVATE-}" ] || { echo "run this by tests/lib/private" >&2; return 1; }
    NETNS_DIR=$(mktemp -d "${TMPDIR:-/tmp}/nfqr-XXXXXX") || return
    NETNS_PREFIX=nfqr-$$-${NETNS_DIR##*-}-
    # Tests run side by side and see one /run: each network's daemon has a control socket of its own.
    NFQROUTE_SOCKET=$NETNS_DIR/control.sock
    export NETNS_DIR NETNS_PREFIX NFQROUTE_SOCKET
    # What one test's daemon has learned is nothing to the next one's; those that want it kept say where.
    export NFQROUTE_LEARNED=
    # As root, whether or not this machine has the user: directories of tests are root's alone.
    export NFQROUTE_USER=none
    : >"$NETNS_DIR/pids"
    : >"$NETNS_DIR/names"
    mkfifo "$NETNS_DIR/never"
}

# Stops what netns_spawn started, removes what netns_add made, then the scratch directory. With NFQR_KEEP set the
# directory stays, for its logs.
netns_end() {
    local pid start name
    [ -d "${NETNS_DIR-}" ] || return 0
    while read -r pid start; do
        [ "$(netns_started "$pid")" != "$start" ] || netns_stop "$pid"
    done < <(tac "$NETNS_DIR/pids")
    while read -r name; do
        ip netns delete "$name" || :
    done <"$NETNS_DIR/names"
    if [ -n "${NFQR_KEEP-}" ]; then echo "# kept $NETNS_DIR" >&2; else rm -rf "$NETNS_DIR"; fi
    unset NETNS_DIR
}

# netns_keep, netns_rest: what has been spawned until now stays until netns_end; what came since is stopped. For a network that
# serves several tests.
netns_keep() { wc -l <"$NETNS_DIR/pids" >"$NETNS_DIR/kept"; }
netns_rest() {
    local pid start kept
    [ -d "${NETNS_DIR-}" ] || return 0
    kept=$(cat "$NETNS_DIR/kept")
    while read -r pid start; do
        [ "$(netns_started "$pid")" != "$start" ] || netns_stop "$pid"
    done < <(tail -n +$((kept + 1)) "$NETNS_DIR/pids" | tac)
    sed -i "$((kept + 1)),\$d" "$NETNS_DIR/pids"
}

# --- namespaces and links ---------------------------------------------------------------------------------------

# Programs are started sparingly here: in a guest each takes a tenth of a second.

# netns NAME: the full name of a namespace, for use with `ip -n`.
netns() {
    echo "$NETNS_PREFIX$1"
}

# netns_add NAME...
netns_add() {
    local name
    for name; do
        ip netns add "$NETNS_PREFIX$name" || return
        netns "$name" >>"$NETNS_DIR/names"
        ip -n "$NETNS_PREFIX$name" link set lo up || return
        # Addresses are used at once and not taken from router advertisements; bytes are counted per connection.
        netns_sysctl "$name" net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.accept_ra=0 \
            net.netfilter.nf_conntrack_acct=1 || return
    done
}

# netns_link NAME1 DEVICE1 NAME2 DEVICE2: a cable between two namespaces, both ends up.
netns_link() {
    ip -n "$NETNS_PREFIX$1" -batch - <<<"link add $2 type veth peer name $4 netns $NETNS_PREFIX$3"$'\n'"link set $2 up" &&
        ip -n "$NETNS_PREFIX$3" link set "$4" up
}

# netns_addr NAME DEVICE ADDRESS/LENGTH...: either family.
netns_addr() {
    local name=$1 device=$2 address commands=
    shift 2
    for address; do
        case $address in *:*) address+=" nodad" ;; esac
        commands+="address add $address dev $device"$'\n'
    done
    ip -n "$NETNS_PREFIX$name" -batch - <<<"$commands"
}

# netns_route NAME ROUTE...: `ip route add`, the family is found by the words.
netns_route() {
    local name=$1 family=-4
    shift
    case "$*" in *:*) family=-6 ;; esac
    ip -n "$NETNS_PREFIX$name" "$family" route add "$@"
}

# netns_batch NAME <<COMMANDS: lines for `ip`, of either family, all by one program
netns_batch() {
    ip -n "$NETNS_PREFIX$1" -batch -
}

# netns_lan: client eth0 (10.1.0.2, fd01::2) == lan (10.1.0.1, fd01::1) router, by which the client's default routes go
netns_lan() {
    netns_link client eth0 router lan
    netns_addr client eth0 10.1.0.2/24 fd01::2/64
    netns_addr router lan 10.1.0.1/24 fd01::1/64
    netns_batch client <<<$'route add default via 10.1.0.1\nroute add default via fd01::1'
}

# netns_sysctl NAME KEY=VALUE...
netns_sysctl() {
    local name=$1
    shift
    netns_exec "$name" sysctl -q -w "$@" >/dev/null
}

# netns_forward NAME...: makes it a router, for both families.
netns_forward() {
    local name
    for name; do
        netns_sysctl "$name" net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 || return
    done
}

# --- processes --------------------------------------------------------------------------------------------------

# netns_exec NAME COMMAND...: runs it in the namespace.
netns_exec() {
    local name=$1
    shift
    ip netns exec "$NETNS_PREFIX$name" "$@"
}

# netns_spawn NAME LOG COMMAND...: the same in the background. Output goes to $NETNS_DIR/LOG, the process id to
# $NETNS_PID; netns_end stops it.
netns_spawn() {
    local name=$1 log=$2
    shift 2
    # 3, and in setup_file 4, are descriptors that keep bats waiting for their holders.
    ip netns exec "$NETNS_PREFIX$name" "$@" >>"$NETNS_DIR/$log" 2>&1 </dev/null 3>&- 4>&- &
    NETNS_PID=$!
    echo "$NETNS_PID $(netns_started $NETNS_PID)" >>"$NETNS_DIR/pids"
}

# netns_started PID: when it was started, in clock ticks; nothing if it has ended. Tells a process from a later one
# with the same id.
netns_started() {
    local stat
    # shellcheck disable=SC2034 # the words between are not looked at
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
    # The command's name may hold blanks and ends with the last ')'; the state is field 3, the start field 22.
    stat=${stat##*) }
    # shellcheck disable=SC2086 # to be split
    set -- $stat
    [ "$1" = Z ] || echo "${20}"
}

netns_ended() {
    [ -z "$(netns_started "$1")" ]
}

# netns_stop PID [SIGNAL]: sends TERM or SIGNAL, waits for its end, and kills what does not end in 5 seconds.
netns_stop() {
    kill -s "${2:-TERM}" "$1" 2>/dev/null || return 0
    # A stopped process could not see the signal.
    kill -s CONT "$1" 2>/dev/null || :
    if ! netns_wait 5 netns_ended "$1" 2>/dev/null; then
        kill -s KILL "$1" 2>/dev/null || :
        netns_wait 5 netns_ended "$1" || :
    fi
    wait "$1" 2>/dev/null || :
}

# --- waiting ----------------------------------------------------------------------------------------------------

# netns_wait SECONDS COMMAND...: until the command succeeds; fails with a message when the time is over, which is
# longer in a slow guest.
netns_wait() {
    local seconds=$1 end pause=0.05 asked=0
    shift
    # Where a program takes so long to begin, asking is what keeps others from it.
    [ -z "${NFQR_VM-}" ] || seconds=${seconds}0 pause=0.2
    end=$((${EPOCHREALTIME/[.,]/} + seconds * 1000000))
    until "$@" >/dev/null 2>&1; do
        if [ "${EPOCHREALTIME/[.,]/}" -gt "$end" ]; then
            echo "waited $seconds s in vain for: $*" >&2
            return 1
        fi
        netns_pause $pause
        # So do many who ask, where what they wait for takes long.
        [ $((++asked)) != 10 ] || [ $pause != 0.05 ] || pause=0.1
    done
}

# netns_pause SECONDS: sleeps by no program: nobody ever writes into that pipe, and only read has it open
netns_pause() {
    read -rt "$1" <>"$NETNS_DIR/never" || :
}

# Conditions to wait for.
# netns_logged LOG REGEX: a line of a log of netns_spawn matches.
netns_logged() {
    grep -Eq -- "$2" "$NETNS_DIR/$1"
}

# netns_serve NAME PORT...: echo servers, tool_peer of $TOOLS, that are ready
netns_serve() {
    local name=$1 port
    shift
    for port; do
        netns_spawn "$name" "$name$port.log" "$TOOLS/tool_peer" serve "$port"
        netns_wait 15 netns_logged "$name$port.log" ready
    done
}

# netns_listens NAME tcp|udp PORT: something is bound to the port.
netns_listens() {
    netns_exec "$1" ss -Hln --"$2" "sport = :$3" | grep -q .
}

# netns_device NAME DEVICE: it is there and up.
netns_device() {
    ip -n "$NETNS_PREFIX$1" link show dev "$2" up 2>/dev/null | grep -q .
}

# netns_reaches NAME ADDRESS: it answers one ping.
netns_reaches() {
    netns_exec "$1" ping -n -c 1 -W 1 "$2"
}

# netns_queue_bound NAME QUEUE: a program serves the NFQUEUE.
netns_queue_bound() {
    netns_queue_field "$1" "$2" 2 | grep -q .
}

# --- looking ----------------------------------------------------------------------------------------------------

# netns_bytes NAME DEVICE rx|tx: what has passed.
netns_bytes() {
    netns_exec "$1" cat "/sys/class/net/$2/statistics/$3_bytes"
}

# netns_routing NAME: routing rules and routes of both families.
netns_routing() {
    local family
    for family in -4 -6; do
        ip -n "$(netns "$1")" $family rule
        ip -n "$(netns "$1")" $family route show table all
    done
}

# netns_iptables NAME: its rules, of both families, without counters; the tables that iptables once looked at stay, empty.
netns_iptables() {
    local save
    for save in iptables-save ip6tables-save; do
        netns_exec "$1" $save | sed 's/\[[0-9:]*\]//; /^#/d; /^:/d; /^\*/d; /^COMMIT/d'
    done
}

# netns_queue_field NAME QUEUE FIELD: of /proc/net/netfilter/nfnetlink_queue: 2 port id, 3 packets waiting, 6 dropped
# because the queue was full, 7 dropped because the program was too slow, 8 id of the last packet (how many ever).
netns_queue_field() {
    # shellcheck disable=SC2016 # awk's own
    netns_exec "$1" awk -v q="$2" -v f="$3" '$1 == q { print $f }' /proc/net/netfilter/nfnetlink_queue
}

# --- what this machine has --------------------------------------------------------------------------------------

# netns_skip REASON: ends the test, or the whole script, as skipped.
netns_skip() {
    if [ -n "${BATS_VERSION-}" ]; then
        skip "$1"
    else
        echo "1..0 # SKIP $1"
        exit 0
    fi
}

# lacks WORD...: succeeds if one is not there, and says so: commands, or one of the features below.
lacks() {
    local word
    for word; do
        case $word in
        tun) { : <>/dev/net/tun; } 2>/dev/null || echo "/dev/net/tun cannot be opened" ;;
        users) [ "${NFQR_PRIVATE-}" = 0 ] || echo "other users are not to be had without root" ;;
        nft-queue) netns_try nft 'table ip t { chain c { queue num 0 bypass; }; }' ||
            echo "the kernel has no nft queue statement" ;;
        flowtable) netns_try nft 'table inet t { flowtable f { hook ingress priority 0; devices = { lo }; counter; }; }' ||
            echo "the kernel has no flowtable" ;;
        xt-queue) netns_try iptables-restore $'*mangle\n-A OUTPUT -j NFQUEUE --queue-num 0 --queue-bypass\nCOMMIT' ||
            echo "the kernel has no NFQUEUE target" ;;
        wireguard) unshare --net ip link add wg0 type wireguard 2>/dev/null || echo "the kernel has no WireGuard" ;;
        netem) unshare --net tc qdisc add dev lo root netem delay 1ms 2>/dev/null || echo "the kernel has no netem" ;;
        *) command -v "$word" >/dev/null || echo "$word is not installed" ;;
        esac
    done | grep -m 1 .
}

# need WORD...: skips unless all are there.
need() {
    local lack
    ! lack=$(lacks "$@") || netns_skip "$lack"
}

# need_for_file WORD...: for setup_file, which bats cannot skip: fails unless all are there, and then each test is
# skipped by netns_file.
need_for_file() {
    NETNS_LACKS=$(lacks "$@")
    export NETNS_LACKS
    [ -z "$NETNS_LACKS" ]
}

netns_file() {
    [ -z "${NETNS_LACKS-}" ] || netns_skip "$NETNS_LACKS"
}

# netns_try nft|iptables-restore TEXT: would the kernel take these rules? In a namespace that goes at once.
netns_try() {
    case $1 in
    nft) unshare --net nft -f - <<<"$2" ;;
    *) unshare --net "$1" <<<"$2" ;;
    esac 2>/dev/null
}
