# SPDX-License-Identifier: GPL-2.0-or-later
#
# netem.bats - TCP connections that are moved while the network delays, loses and reorders packets
#
# For kernels with tc's netem; elsewhere skipped, and run in a guest by `make check-vm`, by nft's hooks. One network and
# one daemon for all tests, because guests are slow. Less of the same where there is no netem: rehome.bats.

load ../lib/netns
load ../lib/services
load ../lib/paths
load ../lib/moves

setup_file() {
    need_for_file netem curl openssl python3 conntrack || return 0
    netns_begin
    # Times for a guest in which a handshake may take a second.
    world router 'option rehome-hold-time 10s' 'option rehome-timeout 30s' 'option budget-time 1m' 'host .vpn.test via vpn'
    echo "$PATHS_DAEMON" >"$NETNS_DIR/daemon"
}

setup() { netns_file; }

teardown_file() { netns_end; }

teardown() {
    [ -n "$BATS_TEST_COMPLETED" ] || [ -z "${NETNS_DIR-}" ] || tail -n 15 "$NETNS_DIR/nfqroute.log"
}

# path isp|vpn WORD...: what netem does to packets of either direction in it
path() {
    local gateway=$1_gw device
    shift
    for device in near far; do
        tc -n "$(netns "$gateway")" qdisc replace dev $device root netem "$@" || return
    done
}

WAYS=("client $PATHS_SERVER4" "router [$PATHS_SERVER6]" "client [$PATHS_SERVER6]" "router $PATHS_SERVER4")

# whole LENGTH FIRST: connections each way at once, in a guest two of the four from FIRST on, are moved and bring the right bytes
whole() {
    local moved sum i from server pids=() count=${NFQR_VM:+2}
    moved=$(grep -c ', moved' "$NETNS_DIR/nfqroute.log") sum=$(known "$1")
    for ((i = $2; i < $2 + ${count:-4}; i++)); do
        read -r from server <<<"${WAYS[i % 4]}"
        get "$from" a.vpn.test "$server" "$1" >"$NETNS_DIR/sum.$i" 3>&- 4>&- &
        pids+=($!)
    done
    for ((i = 0; i < ${#pids[@]}; i++)); do
        wait "${pids[i]}" && [ "$(cat "$NETNS_DIR/sum.$(($2 + i))")" = "$sum" ] || return
    done
    [ $(($(grep -c ', moved' "$NETNS_DIR/nfqroute.log") - moved)) = "${count:-4}" ]
}

@test "600 ms of delay" {
    path vpn delay 300ms limit 5000
    whole 100000 0
}

@test "one packet in a hundred is lost by either path" {
    path isp loss 1%
    path vpn loss 1%
    whole 100000 2
}

@test "from here on timestamps are kept: three packets in a hundred are lost" {
    sed -i '1i option rehome-timestamps keep' "$NETNS_DIR/rules.d/10.rules"
    kill -HUP "$(cat "$NETNS_DIR/daemon")"
    netns_wait 10 netns_logged nfqroute.log ' reloaded'
    path isp loss 3%
    path vpn loss 3%
    whole 100000 0
}

@test "packets overtake each other, and come twice" {
    path isp delay 20ms reorder 25% 50%
    path vpn delay 20ms 5ms reorder 25% 50% duplicate 1%
    whole 100000 2
}

# The limit is that of the whole machine, so it is lowered in a guest only.
@test "conntrack's table is full: what should be moved stays on its first path, whole, and it is told why" {
    [ -n "${NFQR_VM-}" ] || skip "in a guest only"
    path isp delay 1ms
    path vpn delay 1ms
    limit=(nsenter --net=/proc/1/ns/net sysctl -q -w)
    before=$(nsenter --net=/proc/1/ns/net sysctl -n net.netfilter.nf_conntrack_max)
    for one in "client $PATHS_SERVER4" "router [$PATHS_SERVER6]"; do
        read -r from server <<<"$one"
        netns_exec router conntrack -F 2>/dev/null
        "${limit[@]}" net.netfilter.nf_conntrack_max=1
        sum=$(get "$from" a.vpn.test "$server" 20000) || :
        "${limit[@]}" "net.netfilter.nf_conntrack_max=$before"
        [ "$sum" = "$(known 20000)" ]
    done
    [ "$(grep -c "stays on its first path: conntrack's table is full" "$NETNS_DIR/nfqroute.log")" = 2 ]
    status=$("${NFQROUTE:-build/nfqroute}" status --json)
    [[ $status == *\"conntrack\'s\ table\ is\ full\":\ 2* ]]
}

@test "the server's reset reaches the client, and nothing is left behind" {
    path vpn delay 1ms
    resets client
    netns_wait 60 no_leftovers
}
