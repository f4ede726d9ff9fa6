# SPDX-License-Identifier: GPL-2.0-or-later
#
# rehome.bats - TCP connections that are moved when their name is known: whole, on the right path, from the first one on

load ../lib/netns
load ../lib/services
load ../lib/paths
load ../lib/moves

RULE='host .vpn.test via vpn'

setup_file() {
    need_for_file xt-queue curl openssl python3 conntrack ethtool || return 0
    netns_begin
    moves_network
}

setup() { netns_file; }

teardown() { moves_end; }

teardown_file() { netns_end; }

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
    # that their entries were replaced is not taken for their loss
    [ "$(grep -c 'whose entry the kernel has deleted' "$NETNS_DIR/nfqroute.log")" = 0 ]
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

@test "nobody translates; a rule by payload, whatever is spoken, moves as one by name does" {
    world none "$RULE" 'payload /b\.isp\.test/ via vpn'
    for server in "$PATHS_SERVER4" "[$PATHS_SERVER6]"; do
        for host in a.vpn.test b.isp.test; do
            isp=$(paths_sent isp)
            [ "$(get client $host "$server" 300000)" = "$(known 300000)" ]
            [ $(($(paths_sent isp) - isp)) -lt 1000 ]
        done
    done
    [ "$(grep -c ', moved' "$NETNS_DIR/nfqroute.log")" = 4 ]
    no_leftovers
}

@test "masquerading by the daemon's own hooks" {
    paths_again none
    paths_masquerade router isp
    mkdir -p "$NETNS_DIR/rules.d"
    echo "gateway vpn { address 10.22.0.1; address fd22::1; device vpn; masquerade yes }; $RULE; option learned off; option privacy off" >"$NETNS_DIR/rules.d/10.rules"
    paths_start
    both_ways
}

# bodies COUNT AT-ONCE LENGTH: of as many connections by name, so many at a time; each is the right one
bodies() {
    local options=()
    rm -rf "$NETNS_DIR/bodies"
    mkdir "$NETNS_DIR/bodies"
    [ "$2" = 1 ] || options=(--parallel --parallel-immediate --parallel-max "$2")
    netns_exec client curl -sS --no-progress-meter --http1.1 --no-sessionid --max-time "$SECONDS_MAX" --cacert "$NETNS_DIR/cert.pem" \
        "${options[@]}" -H 'Connection: close' --resolve "a.vpn.test:443:$PATHS_SERVER4" -o "$NETNS_DIR/bodies/#1" \
        "https://a.vpn.test/$3?[1-$1]" || return
    [ "$(sha256sum "$NETNS_DIR"/bodies/* | cut -d' ' -f1 | uniq -c | awk '{ print $1, $2 }')" = "$1 $(known "$3")" ]
}

@test "100 connections one after the other and 30 at once: each on its path" {
    world router "$RULE"
    isp=$(paths_sent isp)
    bodies 100 1 20000
    bodies 30 30 1000000
    [ $(($(paths_sent isp) - isp)) -lt 130000 ]
    [ "$(grep -c ', moved' "$NETNS_DIR/nfqroute.log")" = 130 ]
    no_leftovers
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
        pids=()
        for i in {1..20}; do
            server=$PATHS_SERVER4
            [ $((i % 2)) = 0 ] || server="[$PATHS_SERVER6]"
            get client a.vpn.test "$server" 50000 >"$NETNS_DIR/sum.$i" 3>&- &
            pids+=($!)
        done
        wait "${pids[@]}"
        [ "$(sort "$NETNS_DIR"/sum.* | uniq -c | awk '{ print $1, $2 }')" = "20 $sum" ]
    done
    netns_wait 10 no_leftovers
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

@test "the new path loses the first SYN" {
    world router "$RULE"
    vpn_firewall -A FORWARD -p tcp --syn -m statistic --mode nth --every 2 --packet 0 -j DROP
    moves client "$PATHS_SERVER4"
    moves client "[$PATHS_SERVER6]"
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

@test "the new path is narrower than the first one, with GSO and without; what the kernel learns of it leads nothing astray" {
    world router "$RULE" "tcp dport 444 via vpn"
    ip -n "$(netns router)" link set vpn mtu 1320
    ip -n "$(netns vpn_gw)" link set near mtu 1320
    vpn_firewall -A FORWARD -p tcp --syn -m tcpmss --mss 1281:65535 -j DROP # the probe's are clamped as any other
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
