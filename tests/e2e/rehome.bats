# SPDX-License-Identifier: GPL-2.0-or-later
#
# rehome.bats - TCP connections that are moved when their name is known: whole, on the right path, from the first one on

load ../lib/netns
load ../lib/services
load ../lib/paths
load ../lib/moves

RULE='host .vpn.test via vpn'
TOOLS=$(dirname "${NFQROUTE:-build/nfqroute}")/tests/e2e

setup() {
    need xt-queue curl openssl python3 conntrack ethtool
    netns_begin
}

teardown() {
    [ -n "$BATS_TEST_COMPLETED" ] || tail -n 12 "$NETNS_DIR/nfqroute.log" || :
    netns_end
}

both_ways() {
    head -c 3000000 /dev/urandom >"$NETNS_DIR/upload"
    for from in client router; do
        for server in "$PATHS_SERVER4" "[$PATHS_SERVER6]"; do
            moves "$from" "$server"
            stays "$from" "$server"
            [ "$(post "$from" a.vpn.test "$server" "$NETNS_DIR/upload")" = "$(sha256sum <"$NETNS_DIR/upload" | cut -d' ' -f1)" ]
        done
    done
    no_leftovers
    [ "$(grep -c ', moved' "$NETNS_DIR/nfqroute.log")" = 8 ]
}

@test "the router translates: forwarded and local, both families, down and up" {
    world router "$RULE"
    both_ways
}

@test "the gateways translate: the same public address by both paths as seen from here" {
    world gateways "$RULE"
    # local connections bear the address of the first path
    netns_exec router iptables -t nat -A POSTROUTING -o vpn -s 10.21.0.2 -j MASQUERADE
    netns_exec router ip6tables -t nat -A POSTROUTING -o vpn -s fd21::2 -j MASQUERADE
    both_ways
}

@test "nobody translates" {
    world none "$RULE"
    for server in "$PATHS_SERVER4" "[$PATHS_SERVER6]"; do
        isp=$(paths_sent isp)
        [ "$(get client a.vpn.test "$server" 300000)" = "$(known 300000)" ]
        [ $(($(paths_sent isp) - isp)) -lt 1000 ]
    done
    no_leftovers
}

@test "masquerading by the daemon's own hooks" {
    paths_begin none
    netns_exec router iptables -t nat -A POSTROUTING -o isp -j MASQUERADE
    netns_exec router ip6tables -t nat -A POSTROUTING -o isp -j MASQUERADE
    mkdir "$NETNS_DIR/rules.d"
    echo "gateway vpn { address 10.22.0.1; address fd22::1; device vpn; masquerade yes }; $RULE; option learned off; option privacy off" >"$NETNS_DIR/rules.d/10.rules"
    netns_spawn router nfqroute.log "${NFQROUTE:-build/nfqroute}" -v -q 0 -r "$NETNS_DIR/rules.d"
    netns_wait 20 netns_logged nfqroute.log 'ready:'
    services_certificate a.vpn.test b.isp.test
    services_tls server 443
    both_ways
}

@test "100 connections one after the other and 30 at once: each on its path" {
    world router "$RULE"
    sum=$(known 20000)
    for i in $(seq 100); do
        [ "$(get client a.vpn.test "$PATHS_SERVER4" 20000)" = "$sum" ]
    done
    pids=()
    for i in $(seq 30); do
        get client a.vpn.test "$PATHS_SERVER4" 1000000 >"$NETNS_DIR/sum.$i" 3>&- &
        pids+=($!)
    done
    wait "${pids[@]}"
    [ "$(sort "$NETNS_DIR"/sum.* | uniq -c | awk '{ print $1, $2 }')" = "30 $(known 1000000)" ]
    [ "$(grep -c ', moved' "$NETNS_DIR/nfqroute.log")" = 130 ]
    no_leftovers
}

# falls_back REASON: the connection is whole, by its first path
falls_back() {
    [ "$(get client a.vpn.test "$PATHS_SERVER4" 300000)" = "$(known 300000)" ]
    netns_wait 10 netns_logged nfqroute.log "stays on its first path: $1"
    [ "$(get client a.vpn.test "[$PATHS_SERVER6]" 300000)" = "$(known 300000)" ]
    netns_wait 10 netns_logged nfqroute.log "tcp \\[.*stays on its first path: $1"
    no_leftovers
}

# by_gateway RULE...: a rule of both families in the vpn's gateway
by_gateway() {
    netns_exec vpn_gw iptables "$@" && netns_exec vpn_gw ip6tables "$@"
}

@test "the new path is silent" {
    world router "$RULE"
    by_gateway -A FORWARD -p tcp -j DROP
    falls_back "no answer by the gateway"
}

@test "the new path resets" {
    world router "$RULE"
    by_gateway -A FORWARD -p tcp -j REJECT --reject-with tcp-reset
    falls_back "refused by the gateway's path"
}

@test "the new path is unreachable" {
    world router "$RULE"
    by_gateway -A FORWARD -p tcp -j REJECT
    falls_back "unreachable by the gateway"
}

@test "the gateway is down: what should go by it is refused, as any connection would be" {
    world router "$RULE"
    ip -n "$(netns router)" link set vpn down
    netns_wait 5 netns_logged nfqroute.log 'gateway vpn: IPv6: down'
    for server in "$PATHS_SERVER4" "[$PATHS_SERVER6]"; do
        run get client a.vpn.test "$server" 300000
        [[ $output == *"reset by peer"* ]]
        stays client "$server"
    done
    [ "$(grep -c 'host a.vpn.test.* reject vpn, which is down' "$NETNS_DIR/nfqroute.log")" = 2 ]
}

@test "the server answers differently by the new path" {
    world router "$RULE"
    netns_exec vpn_gw iptables -t mangle -A FORWARD -p tcp --syn -j TCPOPTSTRIP --strip-options sack-permitted
    netns_exec vpn_gw ip6tables -t mangle -A FORWARD -p tcp --syn -j TCPOPTSTRIP --strip-options sack-permitted
    falls_back "the server answers differently"
}

# lose PROBABILITY: of each packet, by either path and in either direction (netem.bats does the same where it is to be had)
lose() {
    for gateway in isp_gw vpn_gw; do
        for tables in iptables ip6tables; do
            netns_exec "$gateway" "$tables" -F FORWARD
            netns_exec "$gateway" "$tables" -A FORWARD -m statistic --mode random --probability "$1" -j DROP || return
        done
    done
}

@test "one packet in a hundred is lost by either path, then three" {
    world router "$RULE"
    sum=$(known 50000)
    for probability in 0.01 0.03; do
        lose $probability
        for server in "$PATHS_SERVER4" "[$PATHS_SERVER6]"; do
            for _ in {1..10}; do [ "$(get client a.vpn.test "$server" 50000)" = "$sum" ]; done
        done
    done
    no_leftovers
}

# pieces PATH SIZE PAUSE: the SHA-256 of the body, see tls-pieces.py
pieces() {
    netns_exec client "$NETNS_LIB/tls-pieces.py" "$PATHS_SERVER4" a.vpn.test "$NETNS_DIR/cert.pem" "$@"
}

@test "a ClientHello in several segments, at once and one after the other" {
    world router "$RULE"
    for pause in 0 0.03; do
        isp=$(paths_sent isp)
        [ "$(pieces 300000 120 $pause)" = "$(known 300000)" ]
        [ $(($(paths_sent isp) - isp)) -lt 1000 ]
    done
    no_leftovers
}

@test "a ClientHello that takes too long to come stays on its path" {
    world router "$RULE"
    [ "$(pieces 300000 120 0.4)" = "$(known 300000)" ]
    netns_wait 10 netns_logged nfqroute.log 'stays on its first path: data has left by the first path'
    no_leftovers
}

@test "the new path loses the first SYN" {
    world router "$RULE"
    by_gateway -A FORWARD -p tcp --syn -m statistic --mode nth --every 2 --packet 0 -j DROP
    moves client "$PATHS_SERVER4"
    moves client "[$PATHS_SERVER6]"
    no_leftovers
}

@test "the client resets while its data is held" {
    world router "$RULE"
    by_gateway -A FORWARD -p tcp -j DROP
    pieces reset 1000 0.2
    netns_wait 10 netns_logged nfqroute.log 'stays on its first path: the client is closing it'
    no_leftovers
}

@test "the new path is narrower than the first one, with GSO and without; what the kernel learns of it leads nothing astray" {
    world router "$RULE" "tcp dport 444 via vpn"
    ip -n "$(netns router)" link set vpn mtu 1320
    ip -n "$(netns vpn_gw)" link set near mtu 1320
    services_tls server 444
    head -c 3000000 /dev/urandom >"$NETNS_DIR/upload"
    right=$(sha256sum <"$NETNS_DIR/upload" | cut -d' ' -f1)
    for gso in on off; do
        netns_exec client ethtool -K eth0 tso $gso gso $gso gro $gso
        for from in router client; do
            for server in "$PATHS_SERVER4" "[$PATHS_SERVER6]"; do
                moves "$from" "$server"
                [ "$(post "$from" a.vpn.test "$server" "$NETNS_DIR/upload")" = "$right" ]
            done
        done
    done
    # The router has learned the MTU of both paths to this address; what is marked for it goes by the vpn all the same.
    [[ $(netns_exec router ip -6 route get "$PATHS_SERVER6") == *" dev isp "*mtu\ 1320* ]]
    [[ $(netns_exec router ip -6 route get "$PATHS_SERVER6" mark 0x9) == *" dev vpn "* ]]
    [[ $(netns_exec router ip route get "$PATHS_SERVER4" mark 0x9) == *" dev vpn "* ]]
    for tables in iptables ip6tables; do
        netns_exec isp_gw $tables -N LEAKS
        netns_exec isp_gw $tables -A LEAKS -p tcp --dport 444
        netns_exec isp_gw $tables -I FORWARD -j LEAKS
    done
    for from in router client; do
        for server in "$PATHS_SERVER4" "[$PATHS_SERVER6]"; do
            [ "$(netns_exec "$from" curl -sS --max-time "$SECONDS_MAX" --cacert "$NETNS_DIR/cert.pem" --resolve "a.vpn.test:444:$server" \
                --data-binary "@$NETNS_DIR/upload" https://a.vpn.test:444/)" = "$right" ]
        done
    done
    for tables in iptables ip6tables; do
        [ "$(netns_exec isp_gw $tables -nvxL LEAKS | awk '/dpt:444/ { print $1 }')" = 0 ]
    done
    no_leftovers
}

@test "the server resets a moved connection: the client hears of it" {
    world router "$RULE"
    for from in client router; do
        for server in "$PATHS_SERVER4" "[$PATHS_SERVER6]"; do
            run netns_exec "$from" curl -sS --max-time "$SECONDS_MAX" --cacert "$NETNS_DIR/cert.pem" \
                --resolve "a.vpn.test:443:$server" "https://a.vpn.test/reset"
            [[ $output == *"reset by peer"* ]]
        done
    done
    [ "$(grep -c ', moved' "$NETNS_DIR/nfqroute.log")" = 4 ]
}

@test "policy leave: nothing is moved" {
    world router "host .vpn.test late leave via vpn"
    [ "$(get client a.vpn.test "$PATHS_SERVER4" 300000)" = "$(known 300000)" ]
    netns_wait 10 netns_logged nfqroute.log 'stays on its first path: not asked for'
}

@test "the daemon is killed: moved connections go on, new ones go by the first path" {
    world router "$RULE"
    get client a.vpn.test "$PATHS_SERVER4" 400000000 >"$NETNS_DIR/sum" 3>&- &
    download=$!
    netns_wait 5 netns_logged nfqroute.log ', moved'
    netns_stop "$PATHS_DAEMON" KILL
    vpn=$(paths_received vpn)
    [ "$(get client a.vpn.test "$PATHS_SERVER4" 300000)" = "$(known 300000)" ]
    wait "$download"
    [ "$(cat "$NETNS_DIR/sum")" = "$(known 400000000)" ]
    [ "$(paths_received vpn)" -gt "$vpn" ]
}

# In the time between the reset of the first connection and the new entry there is none to go on with.
@test "the daemon is killed at each step of a move: whole or reset at once, and nothing stays in the zone" {
    world router "$RULE"
    netns_sysctl router net.netfilter.nf_conntrack_tcp_timeout_syn_sent=2 net.netfilter.nf_conntrack_tcp_timeout_syn_recv=2
    netns_stop "$PATHS_DAEMON"
    resets=0
    for ((step = 1; step <= 20; step++)); do
        paths_start env "LD_PRELOAD=$TOOLS/preload_kill.so" ASAN_OPTIONS=verify_asan_link_order=0 NFQR_KILL_AT=$step
        run get client a.vpn.test "$PATHS_SERVER4" 300000
        [[ $output == *"$(known 300000)" ]] || { [[ $output == *"reset by peer"* ]] && resets=$((resets + 1)); }
        ! netns_ended "$PATHS_DAEMON" || alive=no
        netns_wait 10 no_leftovers
        [ "${alive-yes}" = no ] || break
        unset alive
        paths_start
        moves client "$PATHS_SERVER4"
        netns_stop "$PATHS_DAEMON"
    done
    echo "# killed at $((step - 1)) steps, $resets resets" >&3
    [ "$step" -gt 6 ]
    [ "$step" -lt 20 ]
    [ "$resets" -le 2 ]
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
    end_of 40001 --data-binary "@$NETNS_DIR/upload" https://a.vpn.test/
    ip -n "$(netns router)" link set vpn up
    ip -n "$(netns router)" address add fd22::2/64 dev vpn nodad || :
    netns_wait 5 moves client "$PATHS_SERVER4"
    netns_wait 5 moves client "[$PATHS_SERVER6]"
    rm "$NETNS_DIR"/body.* "$NETNS_DIR"/curl.*
    end_of 40011 https://a.vpn.test/30000000
    [ "$(grep -c 'gateway vpn: IPv[46]: of its connections [23] ended' "$NETNS_DIR/nfqroute.log")" = 4 ]
}
