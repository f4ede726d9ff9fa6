# SPDX-License-Identifier: GPL-2.0-or-later
#
# rehome-ends.bats - what becomes of TCP connections that were moved, or are about to be, when the daemon or the gateway goes

load ../lib/netns
load ../lib/services
load ../lib/paths
load ../lib/moves

RULE='host .vpn.test via vpn'
TOOLS=$(dirname "${NFQROUTE:-build/nfqroute}")/tests/e2e

setup_file() {
    need_for_file xt-queue curl openssl python3 conntrack ethtool || return 0
    netns_begin
    moves_network
}

setup() { netns_file; }

teardown() { moves_end; }

teardown_file() { netns_end; }

# The device comes back as a DHCP client or the user would have it.
vpn_is_back() {
    ip -n "$(netns router)" link set vpn up && ip -n "$(netns router)" address replace fd22::2/64 dev vpn nodad
}

@test "the gateway is down: what should go by it is refused, as any connection would be" {
    world router "$RULE"
    ip -n "$(netns router)" link set vpn down
    netns_wait 15 netns_logged nfqroute.log 'gateway vpn: IPv6: down'
    for server in "$PATHS_SERVER4" "[$PATHS_SERVER6]"; do
        run get client a.vpn.test "$server" 300000
        [[ $output == *"reset by peer"* ]]
        stays client "$server"
    done
    [ "$(grep -c 'host a.vpn.test.* reject vpn, which is down' "$NETNS_DIR/nfqroute.log")" = 2 ]
    vpn_is_back
}

@test "the daemon is killed: moved connections go on, new ones go by the first path" {
    world router "$RULE"
    outlives_the_daemon
}

# The system calls of a move are the steps: the probe's SYN, three requests to ctnetlink, the first server's reset, the probe's ACK,
# the data, the verdicts. What a killed daemon leaves the next one takes over: it moves a connection of the other family before it is
# killed itself. In the time between the reset of the first connection and the new entry there is none to go on with.
@test "the daemon is killed at each step of a move, both families: whole or reset at once, and nothing stays in the zone" {
    world router "$RULE"
    netns_sysctl router net.netfilter.nf_conntrack_tcp_timeout_syn_sent=2 net.netfilter.nf_conntrack_tcp_timeout_syn_recv=2
    netns_stop "$PATHS_DAEMON"
    resets=0
    for step in {1..8}; do
        for one in "4 $PATHS_SERVER4 [$PATHS_SERVER6]" "6 [$PATHS_SERVER6] $PATHS_SERVER4"; do
            read -r family server other <<<"$one"
            paths_start env "LD_PRELOAD=$TOOLS/preload_step.so" ASAN_OPTIONS=verify_asan_link_order=0 "NFQR_STEP=$family $step 0"
            moves client "$other"
            run get client a.vpn.test "$server" 300000
            [[ $output == *"$(known 300000)" ]] || { [[ $output == *"reset by peer"* ]] && resets=$((resets + 1)); }
            netns_wait 2 netns_ended "$PATHS_DAEMON"
        done
    done
    echo "# $resets resets" >&3
    [ "$resets" -le 4 ]
    netns_wait 10 no_leftovers
}

# unwanted: how many resets there have been at the isp that only a mistake of ours can have provoked
unwanted() {
    for tables in iptables ip6tables; do netns_exec router "$tables" -nvxL UNWANTED; done | awk '/^ *[0-9]/ { n += $1 } END { print n + 0 }'
}

# The router's kernel has no reason to send any in the client's name, nor has the first server.
@test "SYN-ACKs come again at each step of a move: nobody is reset" {
    world router "$RULE"
    netns_stop "$PATHS_DAEMON"
    paths_start env "LD_PRELOAD=$TOOLS/preload_gap.so" ASAN_OPTIONS=verify_asan_link_order=0 NFQR_GAP=25
    again=()
    netns_sysctl router net.ipv4.tcp_invalid_ratelimit=0
    for one in "iptables 10.22.0.2" "ip6tables fd22::2"; do
        read -r tables address <<<"$one"
        netns_exec router "$tables" -N UNWANTED
        netns_exec router "$tables" -A UNWANTED -p tcp --tcp-flags RST RST
        netns_exec router "$tables" -I OUTPUT -o isp -s "$address" -j UNWANTED
        netns_exec router "$tables" -I INPUT -i isp -j UNWANTED
    done
    for path in isp vpn; do
        netns_exec server ethtool -K $path tx off >/dev/null
        netns_spawn ${path}_gw again.$path.log "$NETNS_LIB/again.py" far syn-ack 0:200:5
        again+=("$NETNS_PID")
        netns_wait 15 netns_logged again.$path.log ready
    done
    for from in client router; do
        for server in "$PATHS_SERVER4" "[$PATHS_SERVER6]"; do
            [ "$(get "$from" a.vpn.test "$server" 300000)" = "$(known 300000)" ]
        done
    done
    [ "$(grep -c ', moved' "$NETNS_DIR/nfqroute.log")" = 4 ]
    [ "$(unwanted)" = 0 ]
    for pid in "${again[@]}"; do netns_stop "$pid"; done
    netns_wait 10 no_leftovers
}

# Its resets come late: they are on their way for as long as the test takes.
@test "the first server speaks when its connection has moved: nobody listens, least of all a client on this machine" {
    world router 'app ssh via vpn'
    netns_spawn server banners.log "$NETNS_LIB/two-banners.py" 22
    netns_wait 15 netns_listens server tcp 22
    for tables in iptables ip6tables; do netns_exec isp_gw "$tables" -A FORWARD -i near -p tcp --tcp-flags RST RST -j DROP; done
    for from in client router; do
        for one in "$PATHS_SERVER4 10.22.0.2" "$PATHS_SERVER6 fd22::2"; do
            read -r server peer <<<"$one"
            # shellcheck disable=SC2016 # expanded by the inner shell
            run netns_exec "$from" timeout 20 bash -c 'exec 3<>/dev/tcp/$0/22; printf "SSH-2.0-client\r\n" >&3; cat <&3' "$server"
            echo "$output"
            [[ $output == "SSH-2.0-"*"$peer"$'\r\n'"SSH-2.0-client"* ]]
        done
    done
    [ "$(grep -c ', moved' "$NETNS_DIR/nfqroute.log")" = 4 ]
}

@test "all faults, once each (make soak-rehome runs thousands)" {
    need iptables nginx
    run env COUNT=96 AT_ONCE=12 WORLDS=1 "$BATS_TEST_DIRNAME/../soak/rehome" 3>&-
    echo "$output"
    [ "$status" = 0 ]
}

# transfer FROM SERVER PORT CURL-WORD...: to body.PORT, what curl says to curl.PORT
transfer() {
    netns_exec "$1" curl -sS --max-time "$SECONDS_MAX" --cacert "$NETNS_DIR/cert.pem" --resolve "*:443:$2" --local-port "$3" \
        "${@:4}" >"$NETNS_DIR/body.$3" 2>"$NETNS_DIR/curl.$3" 3>&-
}

CLIENTS=("client $PATHS_SERVER4" "client [$PATHS_SERVER6]" "router $PATHS_SERVER4" "router [$PATHS_SERVER6]")

# end_of PORT CURL-WORD...: moved connections that go on for long end when the gateway goes, by a reset, and others from the same ports are as any
end_of() {
    local isp vpn transfers=() one port=$1
    vpn=$(paths_carried vpn)
    shift
    for one in "${CLIENTS[@]}"; do
        # shellcheck disable=SC2086 # two words
        transfer $one $((port + ${#transfers[@]})) --limit-rate 2M "$@" &
        transfers+=($!)
    done
    netns_wait 20 carried_since "$vpn" 8000000
    isp=$(paths_sent isp)
    ip -n "$(netns router)" link set vpn down
    for one in "${transfers[@]}"; do
        ! wait "$one" || return
    done
    [ "$(grep -lE 'reset by peer|connection abort' "$NETNS_DIR"/curl.* | wc -l)" = 4 ] || return
    [ $(($(paths_sent isp) - isp)) -lt 1000 ] || return
    for one in "${CLIENTS[@]}"; do
        # shellcheck disable=SC2086
        transfer $one $((port++)) https://b.isp.test/1000 || return
    done
    [ "$(sha256sum "$NETNS_DIR"/body.* | cut -d' ' -f1 | uniq -c | awk '{ print $1, $2 }')" = "4 $(known 1000)" ]
}

paths_carried() { echo $(($(paths_sent "$1") + $(paths_received "$1"))); }
carried_since() { [ $(($(paths_carried vpn) - $1)) -gt "$2" ]; }

@test "the gateway goes: moved connections are reset, whether their clients send or only listen, and none of it leaves by the first path" {
    world router "$RULE"
    head -c 30000000 /dev/zero >"$NETNS_DIR/upload"
    for from in client router; do netns_sysctl $from net.ipv4.tcp_max_tw_buckets=0; done # the same ports at once
    end_of 40001 --data-binary "@$NETNS_DIR/upload" https://a.vpn.test/
    vpn_is_back
    netns_wait 15 moves client "$PATHS_SERVER4"
    netns_wait 15 moves client "[$PATHS_SERVER6]"
    # the server still has the old connections by these ports
    moved=$(grep -c ', moved' "$NETNS_DIR/nfqroute.log") port=40001
    for one in "${CLIENTS[@]}"; do
        # shellcheck disable=SC2086
        transfer $one $((port++)) https://a.vpn.test/1000
    done
    [ "$(sha256sum "$NETNS_DIR"/body.* | cut -d' ' -f1 | uniq -c | awk '{ print $1, $2 }')" = "4 $(known 1000)" ]
    [ "$(grep -c ', moved' "$NETNS_DIR/nfqroute.log")" = $((moved + 4)) ]
    rm "$NETNS_DIR"/body.* "$NETNS_DIR"/curl.*
    end_of 40011 https://a.vpn.test/30000000
    [ "$(grep -c 'gateway vpn: IPv[46]: of its connections [2-5] ended' "$NETNS_DIR/nfqroute.log")" = 4 ]
}
