# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# bench.bash - what the benchmarks of tests/bench share; to be read behind netns.bash
#
#     source -- router -- sink     10.1.0.0/16, fd01::/64 -- 10.2.0.0/24, fd02::/64
#
# Whoever is measured is a contender, and they take turns, round by round: the machine's noise falls on all alike, so
# what means something is the median of the rounds' ratios.

# bench_lay: the network; who queues what is the caller's. The sink drops UDP.
bench_lay() {
    netns_add source router sink
    netns_link source out router in
    netns_link router out sink in
    netns_addr source out 10.1.0.2/16 fd01::2/64
    netns_addr router in 10.1.0.1/16 fd01::1/64
    netns_addr router out 10.2.0.1/24 fd02::1/64
    netns_addr sink in 10.2.0.2/24 fd02::2/64
    netns_route source default via 10.1.0.1
    netns_route source default via fd01::1
    netns_route sink default via 10.2.0.1
    netns_route sink default via fd02::1
    netns_forward router
    netns_exec sink iptables -t raw -A PREROUTING -i in -p udp -j DROP
    netns_sysctl router net.netfilter.nf_conntrack_udp_timeout=1 # or its table is full, and packets are dropped
}

# bench_beside N ROUTER: one router of several side by side between source and sink, and the ways to and from it; N
# numbers its networks
#
#     source outN -- in ROUTER out -- inN sink     10.1.N.0/24, fd01:N::/64 -- 10.2.N.0/24, fd02:N::/64
bench_beside() {
    netns_add "$2"
    netns_link source "out$1" "$2" in
    netns_link "$2" out sink "in$1"
    netns_addr source "out$1" "10.1.$1.2/24" "fd01:$1::2/64"
    netns_addr "$2" in "10.1.$1.1/24" "fd01:$1::1/64"
    netns_addr "$2" out "10.2.$1.1/24" "fd02:$1::1/64"
    netns_addr sink "in$1" "10.2.$1.2/24" "fd02:$1::2/64"
    netns_route source "10.2.$1.0/24" via "10.1.$1.1"
    netns_route source "fd02:$1::/64" via "fd01:$1::1"
    netns_route sink "10.1.$1.0/24" via "10.2.$1.1"
    netns_route sink "fd01:$1::/64" via "fd02:$1::1"
    netns_forward "$2"
    netns_sysctl "$2" net.netfilter.nf_conntrack_udp_timeout=1 # or its table is full, and packets are dropped
}

# bench_rules NAME [N]: rules, of stdin, behind a gateway vpn that all have, into $NETNS_DIR/NAME.d; N: its addresses are
# those that bench_beside() gives the sink behind the router of this number
bench_rules() {
    local four=10.2.0.2 six=fd02::2
    [ -z "${2:-}" ] || four=10.2.$2.2 six=fd02:$2::2
    mkdir -p "$NETNS_DIR/$1.d"
    { printf 'gateway vpn { address %s; address %s; mark 0x9 }\n' "$four" "$six" && cat; } >"$NETNS_DIR/$1.d/bench.rules"
}

# bench_turns ROUNDS COUNT COMMAND: calls it with each number below COUNT and whether that is counted, round by round; each
# is first as often. What a first round touches first is not counted.
bench_turns() {
    local round turn
    for ((round = 0; round <= $1; round++)); do
        for ((turn = 0; turn < $2; turn++)); do
            "$3" $(((round + turn) % $2)) "$([ $round = 0 ] || echo counted)" || return
        done
    done
}

# Nine rules that do not hold for what the benchmarks send, each by another field, and one that does, for both families.
bench_ten() {
    cat <<'END'
daddr { 10.200.0.0/16, 192.168.0.0/16, fc00::/8 }  main
tcp dport { 22, 80, 1935 }                         via vpn
udp dport 443 saddr 10.9.0.0/16                    via vpn
saddr { 10.8.1.0/24, 10.8.3.0/24, 10.8.5.0/24 }    via vpn
iif wlan*                                          via vpn
udp sport 53                                       main
mac 02:00:00:00:00:01                              via vpn
dscp 46                                            via vpn
user 1000-1999                                     via vpn
daddr { 10.2.0.0/16, fd02::/64 }                   via vpn
END
}

# bench_nfqroute NAME [WORD...]: starts it with the rules of this name, on queue 0 unless the words say otherwise;
# its process is $NETNS_PID, its log NAME.log
bench_nfqroute() { bench_serve router "$@"; }

# bench_serve ROUTER NAME [WORD...]: the same in one router of several
bench_serve() {
    local router=$1 name=$2
    shift 2
    [ $# -gt 0 ] || set -- -q 0
    rm -f "$NETNS_DIR/$name.log"
    NFQROUTE_SOCKET=$NETNS_DIR/$router.sock netns_spawn "$router" "$name.log" "$NFQROUTE" "$@" -r "$NETNS_DIR/$name.d"
    netns_wait 30 netns_logged "$name.log" 'ready:'
}

# bench_stop PID: ends a program, and waits until the next one can have its queue
bench_stop() {
    netns_stop "$1"
    netns_wait 10 bench_unbound
}

bench_unbound() { ! netns_queue_bound router 0; }

# bench_drained [QUEUE...]: nothing waits in them
bench_drained() { bench_idle router "$@"; }

# bench_idle ROUTER [QUEUE...]: nothing waits in its queues
bench_idle() {
    local queue
    [ $# -gt 1 ] || set -- "$1" 0
    for queue in "${@:2}"; do
        [ "$(netns_queue_field "$1" "$queue" 3)" = 0 ] || return
    done
}

# bench_cpu PID...: nanoseconds that their threads have run; in steps of clock ticks where the kernel counts no finer. Not by
# %d, which in some awk ends at 2^31.
bench_cpu() {
    local pid
    for pid; do
        if [ -r "/proc/$pid/schedstat" ]; then
            cat "/proc/$pid/task/"*/schedstat
        else
            awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); printf "%.0f\n", ($12 + $13) * 1e9 / hz }' "/proc/$pid/stat"
        fi
    done | awk '{ n += $1 } END { printf "%.0f", n }'
}

# bench_quantile PART NUMBER...: that which so large a part of them is not above
bench_quantile() { printf '%s\n' "${@:2}" | sort -g | awk -v part="$1" '{ v[NR] = $1 } END { print v[int((NR - 1) * part) + 1] }'; }

# bench_median NUMBER...
bench_median() { bench_quantile 0.5 "$@"; }

# bench_ratio "A..." "B..." [PART=0.5]: the median, or another quantile, of A/B, round by round
bench_ratio() {
    # shellcheck disable=SC2046,SC2086 # to be split
    bench_quantile "${3:-0.5}" $(paste -d' ' <(printf '%s\n' $1) <(printf '%s\n' $2) | awk '{ printf "%.3f\n", $1 / $2 }')
}

# bench_interval "A..." "B...": the median of A/B, round by round, and between what it lies in 95 of 100 cases (by order
# statistics)
bench_interval() {
    local low high
    # shellcheck disable=SC2086 # to be split
    read -r low high < <(printf '%s\n' $1 | awk 'END { h = 0.98 * sqrt(NR); print (NR / 2 - h) / NR, (NR / 2 + h) / NR }')
    echo "$(bench_ratio "$1" "$2") $(bench_ratio "$1" "$2" "$low") $(bench_ratio "$1" "$2" "$high")"
}

# bench_value NAME LINE: of NAME=VALUE pairs
bench_value() { sed -n "s/.*\b$1=\([0-9.]*\).*/\1/p" <<<"$2"; }

# bench_fail WORD...: what is measured did not do what it should, so the figures would be worth nothing
bench_fail() {
    echo "FAILED: $*" >&2
    exit 1
}
