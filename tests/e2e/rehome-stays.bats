# SPDX-License-Identifier: GPL-2.0-or-later
#
# rehome-stays.bats - TCP connections that cannot be moved: they go on by their first path with nothing lost, and it is told why

load ../lib/netns
load ../lib/services
load ../lib/paths
load ../lib/moves

RULE='host .vpn.test via vpn'
TOOLS=$(dirname "${NFQROUTE:-build/nfqroute}")/tests/e2e

setup_file() {
    need_for_file xt-queue curl openssl python3 conntrack jq || return 0
    netns_begin
    moves_network
}

setup() { netns_file; }

teardown() { moves_end; }

teardown_file() { netns_end; }

# left REASON: how many connections the daemon has counted that stay on their first path for it
left() {
    "${NFQROUTE:-build/nfqroute}" status --json | jq --arg why "$1" '.decisions.left[$why] // 0'
}

# falls_back REASON: a connection of each family, side by side, is whole, by its first path; logged and counted
falls_back() {
    local other before
    before=$(left "$1")
    get client a.vpn.test "$PATHS_SERVER4" 300000 >"$NETNS_DIR/sum" 3>&- &
    other=$!
    [ "$(get client a.vpn.test "[$PATHS_SERVER6]" 300000)" = "$(known 300000)" ] || return
    wait "$other"
    [ "$(cat "$NETNS_DIR/sum")" = "$(known 300000)" ] || return
    netns_logged nfqroute.log "tcp [0-9].*stays on its first path: $1" && netns_logged nfqroute.log "tcp \\[.*stays on its first path: $1" &&
        [ "$(left "$1")" = $((before + 2)) ] && no_leftovers
}

@test "the new path is silent" {
    world router "$RULE"
    vpn_firewall -A FORWARD -p tcp -j DROP
    falls_back "no answer by the gateway"
}

@test "the new path resets" {
    world router "$RULE"
    vpn_firewall -A FORWARD -p tcp -j REJECT --reject-with tcp-reset
    falls_back "refused by the gateway's path"
}

@test "the new path is unreachable" {
    world router "$RULE"
    vpn_firewall -A FORWARD -p tcp -j REJECT
    falls_back "unreachable by the gateway"
}

@test "the server answers differently by the new path" {
    world router "$RULE"
    vpn_firewall -t mangle -A FORWARD -p tcp --syn -j TCPOPTSTRIP --strip-options sack-permitted
    falls_back "the server answers differently by the gateway"
}

@test "this machine's firewall lets nothing leave by the gateway" {
    world router "$RULE"
    for tables in iptables ip6tables; do netns_exec router $tables -A OUTPUT -o vpn -p tcp --syn -j DROP; done
    falls_back "nothing can be sent by the gateway"
    netns_exec router iptables -F OUTPUT
    moves client "$PATHS_SERVER4" # two failures are no reason not to try
}

@test "the destination is translated on the way" {
    world router "$RULE"
    netns_exec router iptables -t nat -A PREROUTING -i lan -d 10.9.0.99 -j DNAT --to-destination "$PATHS_SERVER4"
    netns_exec router ip6tables -t nat -A PREROUTING -i lan -d fd09::99 -j DNAT --to-destination "$PATHS_SERVER6"
    PATHS_SERVER4=10.9.0.99 PATHS_SERVER6=fd09::99 falls_back "its handshake was not seen"
}

# Among the calls: the probe's SYN (EPERM is what a full conntrack table says), what is asked of ctnetlink, the replacement of
# the entry, and the segments behind it; with ENOBUFS, which is no reason to end, verdicts, too (preload_step.c). These come in
# batches, so that which call is the fourth, say, is not the same each time.
@test "one call of a move fails, each in turn: whole, and told" {
    world router "$RULE"
    for one in "4 1 7 $PATHS_SERVER4" "6 105 9 [$PATHS_SERVER6]"; do # EPERM, ENOBUFS
        read -r family errno calls server <<<"$one"
        netns_stop "$PATHS_DAEMON"
        paths_start env "LD_PRELOAD=$TOOLS/preload_step.so" ASAN_OPTIONS=verify_asan_link_order=0 "NFQR_STEP=$family 0 $errno"
        for ((i = 0; i < calls; i++)); do
            [ "$(get client a.vpn.test "$server" 300000)" = "$(known 300000)" ]
        done
        [ "$(left 'nothing can be sent by the gateway')" = 1 ]
        [ "$(left 'its conntrack entry cannot be replaced')" -ge 1 ]
    done
    netns_wait 10 no_leftovers
}

# That it is tried again when the time is over is a matter of the clock: tests/unit/test_rehome.c.
@test "a gateway that fails repeatedly is not tried for a while, or until the rules are read again" {
    world router "$RULE" 'option rehome-failures 3' 'option rehome-timeout 100ms'
    vpn_firewall -A FORWARD -p tcp -j REJECT --reject-with tcp-reset
    for _ in 1 2 3; do [ "$(get client a.vpn.test "$PATHS_SERVER4" 1000)" = "$(known 1000)" ]; done
    [ "$(left "refused by the gateway's path")" = 3 ]
    netns_logged nfqroute.log "gateway vpn: no connection is moved to it for 60000 ms, as 3 in a row could not be: refused by the gateway's path"
    vpn_firewall -F FORWARD
    falls_back "the gateway has failed repeatedly"
    kill -HUP "$PATHS_DAEMON"
    netns_wait 10 netns_logged nfqroute.log ' reloaded'
    moves client "$PATHS_SERVER4"
    moves client "[$PATHS_SERVER6]"
    [ "$(grep -c 'no connection is moved to it' "$NETNS_DIR/nfqroute.log")" = 1 ]
}

@test "what a failed move has shown is learned: the next connection begins by the gateway" {
    PATHS_LEARNED=1 world router "$RULE"
    vpn_firewall -t mangle -A FORWARD -p tcp --syn -j TCPOPTSTRIP --strip-options sack-permitted
    falls_back "the server answers differently by the gateway"
    for server in "$PATHS_SERVER4" "[$PATHS_SERVER6]"; do
        isp=$(paths_sent isp) vpn=$(paths_received vpn)
        [ "$(get client a.vpn.test "$server" 300000)" = "$(known 300000)" ]
        [ $(($(paths_sent isp) - isp)) -lt 200 ] && [ $(($(paths_received vpn) - vpn)) -gt 300000 ] # neighbours are asked for
    done
    [ "$(grep -c 'path learned from' "$NETNS_DIR/nfqroute.log")" = 2 ]
}

@test "a ClientHello that takes too long to come stays on its path" {
    world router "$RULE"
    [ "$(pieces 300000 120 0.4)" = "$(known 300000)" ]
    netns_wait 10 netns_logged nfqroute.log 'stays on its first path: data has left by the first path'
    no_leftovers
}

@test "the client resets while its data is held" {
    world router "$RULE"
    vpn_firewall -A FORWARD -p tcp -j DROP
    pieces reset 1000 0.2
    netns_wait 10 netns_logged nfqroute.log 'stays on its first path: the client is closing it'
    no_leftovers
}

@test "policy leave: nothing is moved" {
    world router "host .vpn.test late leave via vpn"
    [ "$(get client a.vpn.test "$PATHS_SERVER4" 300000)" = "$(known 300000)" ]
    netns_wait 10 netns_logged nfqroute.log 'stays on its first path: not asked for'
}
