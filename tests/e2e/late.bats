# SPDX-License-Identifier: GPL-2.0-or-later
#
# late.bats - connections whose name comes when they have begun on another path: late reset, late switch

load ../lib/netns
load ../lib/services
load ../lib/paths

SECONDS_MAX=2${NFQR_VM:+0}0 # for a client; the guest is slow

setup_file() {
    need_for_file xt-queue curl openssl python3 conntrack nginx || return 0
    netns_begin
    paths_begin none
    services_certificate key.only
    mkdir "$NETNS_DIR/www"
    services_files server "$NETNS_DIR/www" {a,b,c}.vpn.test d.isp.test
}

setup() { netns_file; }

teardown() {
    [ -n "${NETNS_DIR-}" ] || return 0
    [ -n "$BATS_TEST_COMPLETED" ] || tail -n 12 "$NETNS_DIR/nfqroute.log" || :
    [ -z "${PATHS_DAEMON-}" ] || netns_stop "$PATHS_DAEMON"
    rm -f "$NETNS_DIR/nfqroute.log"
}

teardown_file() { netns_end; }

# world NAT RULE...: the file that is served has $BYTES bytes
world() {
    paths_again "$1"
    shift
    head -c "${BYTES:-20000}" /dev/urandom >"$NETNS_DIR/www/file"
    paths_daemon "$@"
}

# get FROM NAME SERVER [WORD...]: fetches the file by TLS, to be compared
get() {
    local from=$1 name=$2 server=$3
    shift 3
    netns_exec "$from" curl -sS --max-time "$SECONDS_MAX" --cacert "$NETNS_DIR/hosts.pem" "$@" \
        --resolve "$name:443:$server" -o "$NETNS_DIR/got" "https://$name/file" && cmp "$NETNS_DIR/got" "$NETNS_DIR/www/file"
}

# logged COUNT REGEX: so many lines of the daemon's log
logged() {
    [ "$(grep -Ec -- "$2" "$NETNS_DIR/nfqroute.log")" = "$1" ]
}

# What the server takes for open.
none_open_at_server() { [ -z "$(netns_exec server ss -Htn state established)" ]; }

# by COMMAND...: runs it, and tells the bytes sent by the isp and received by the vpn meanwhile in $isp and $vpn
by() {
    isp=$(paths_sent isp) vpn=$(paths_received vpn)
    "$@" || return
    isp=$(($(paths_sent isp) - isp)) vpn=$(($(paths_received vpn) - vpn))
}

# resets FROM SERVER NAME: the first connection is reset before the server has seen any of its data, and the server
# hears of it; the next is right from its SYN on; the one behind is left on its path, as nothing may loop
resets() {
    run get "$1" "$3" "$2"
    [ "$status" != 0 ] && [[ $output == *eset*by*peer* ]]
    netns_wait 10 logged "$((++count))" 'via vpn .*, late=reset$'
    netns_wait 15 none_open_at_server
    by get "$1" "$3" "$2"
    [ "$isp" -lt 200 ] && [ "$vpn" -gt 20000 ] # neighbours are asked for
    by get "$1" "$3" "$2"
    [ "$isp" -gt 500 ] && [ "$vpn" -lt 500 ]
    netns_wait 10 logged "$count" 'stays on its first path: its client has been reset just before'
}

both_ways() {
    count=0
    for from in client router; do
        resets "$from" "$PATHS_SERVER4" a.vpn.test
        resets "$from" "[$PATHS_SERVER6]" a.vpn.test
    done
    resets client "$PATHS_SERVER4" b.vpn.test # has a budget of its own
    by get client c.vpn.test "$PATHS_SERVER4" --retry-all-errors --retry 1 --retry-delay 0
    [ "$isp" -lt 500 ] && [ "$vpn" -gt 20000 ]
}

@test "reset, the router translates: forwarded and local, both families" {
    world router 'host .vpn.test late reset via vpn'
    both_ways
    kill -USR1 "$PATHS_DAEMON"
    netns_wait 10 netns_logged nfqroute.log 'decided late: moved 0, reset 6, switched 0, left on their first path 5'
    netns_logged nfqroute.log 'left, its client has been reset just before: 5'
    [ "$(netns_exec router conntrack -L 2>/dev/null | grep -c 'zone-orig=')" = 0 ]
}

@test "reset, the gateways translate, as the option's default, for forwarded connections only" {
    world gateways 'option local off' 'option late reset' 'option late-reset-interval 2m' 'host .vpn.test via vpn'
    count=0
    resets client "$PATHS_SERVER4" a.vpn.test
    resets client "[$PATHS_SERVER6]" a.vpn.test
}

# goes FROM NAME SERVER PATH: a connection is whole, by this path from its SYN on
goes() {
    by get "$1" "$2" "$3"
    if [ "$4" = vpn ]; then [ "$isp" -lt 200 ] && [ "$vpn" -gt 20000 ]; else [ "$isp" -gt 500 ] && [ "$vpn" -lt 500 ]; fi
}

@test "reset and what is learned: one reset for each of two names at one address, then each goes by its path" {
    PATHS_LEARNED=1 world router 'host .vpn.test late reset via vpn'
    for server in "$PATHS_SERVER4" "[$PATHS_SERVER6]"; do
        ! get client a.vpn.test "$server" || return
        for _ in 1 2 3; do goes client a.vpn.test "$server" vpn; done
        ! get client d.isp.test "$server" || return # is led to the vpn, as only the other name was known
        for _ in 1 2 3; do
            goes client d.isp.test "$server" isp
            get client a.vpn.test "$server" # undecided now, and left: two names, and no more resets
        done
    done
    logged 4 ', late=reset$'
}

@test "reset: a ClientHello in pieces, none of which reaches the first server" {
    world router 'host .vpn.test late reset via vpn'
    for pause in 0 0.05; do
        before=$(paths_sent isp)
        # shellcheck disable=SC2153 # netns.bash's
        ! netns_exec client "$NETNS_LIB/tls-pieces.py" "$PATHS_SERVER4" "${pause/0.05/b}.vpn.test" "$NETNS_DIR/hosts.pem" 1 100 $pause || return
        [ $(($(paths_sent isp) - before)) -lt 400 ]
        netns_exec client "$NETNS_LIB/tls-pieces.py" "$PATHS_SERVER4" "${pause/0.05/b}.vpn.test" "$NETNS_DIR/hosts.pem" 1 100 $pause || :
    done
    logged 2 ', late=reset'
}

@test "left where they are: reset when the server has spoken first, switch where addresses are translated" {
    world router 'app ssh late reset via vpn' 'host .vpn.test late switch via vpn'
    services_ssh server
    for server in "$PATHS_SERVER4" "$PATHS_SERVER6"; do
        # shellcheck disable=SC2016 # bash's own
        run netns_exec client bash -c 'exec 3<>"/dev/tcp/$1/22"; read -r -t 5 banner <&3; echo "SSH-2.0-x" >&3
            [[ $banner == SSH* ]] && timeout 5 head -c 500 <&3 | wc -c' bash "$server"
        [ "$output" = 500 ]
    done
    logged 2 'stays on its first path: the server has sent data'
    get client a.vpn.test "$PATHS_SERVER4"
    get client a.vpn.test "[$PATHS_SERVER6]"
    logged 2 'stays on its first path: its address is translated'
}

# switches FROM SERVER URL: 5 MB down and up; all but the handshake leaves by the vpn
switches() {
    by netns_exec "$1" curl -sS --max-time "$SECONDS_MAX" --resolve "a.vpn.test:80:$2" -o "$NETNS_DIR/got" http://a.vpn.test/file
    cmp "$NETNS_DIR/got" "$NETNS_DIR/www/file"
    [ "$isp" -lt 1000 ]
    by upload "$1" "$2"
    [ "$isp" -lt 1000 ] && [ $(($(paths_sent vpn) - sent)) -gt "$BYTES" ]
}

upload() {
    sent=$(paths_sent vpn)
    [ "$(netns_exec "$1" curl -sS --max-time "$SECONDS_MAX" --cacert "$NETNS_DIR/hosts.pem" --resolve "a.vpn.test:8443:$2" \
        -H Expect: --data-binary "@$NETNS_DIR/www/file" https://a.vpn.test:8443/)" = "$(sha256sum <"$NETNS_DIR/www/file" | cut -d' ' -f1)" ]
}

@test "switch, nobody translates: whole, forwarded and local, both families, answers by either path" {
    BYTES=5000000
    world none 'host .vpn.test late switch via vpn'
    netns_spawn server tls.log "$NETNS_LIB/tls-server.py" "$NETNS_DIR/a.vpn.test.pem" "$NETNS_DIR/key.pem" 8443
    netns_wait 10 netns_listens server tcp 8443
    for back in isp vpn; do
        [ $back = isp ] || for route in 10.1.0.0/24 10.21.0.0/24; do ip -n "$(netns server)" route replace "$route" via 10.32.0.1; done
        [ $back = isp ] || for route in fd01::/64 fd21::/64; do ip -n "$(netns server)" route replace "$route" via fd32::1; done
        [ $back = isp ] || ip -n "$(netns vpn_gw)" route add 10.21.0.0/24 via 10.22.0.2
        [ $back = isp ] || ip -n "$(netns vpn_gw)" route add fd21::/64 via fd22::2
        [ $back = isp ] && one="$PATHS_SERVER4" other="[$PATHS_SERVER6]" || other="$PATHS_SERVER4" one="[$PATHS_SERVER6]"
        switches client "$one"
        switches router "$other"
    done
    logged 8 'via vpn .* \(packet 3\), late=switch$' # nothing is moved or reset: the SYN-ACK has not been asked for
    netns_exec router conntrack -L 2>/dev/null | grep -q 'dport=80 .*mark=9'
}

@test "switch: UDP whose kind shows late" {
    world none 'app rtp late switch via vpn'
    netns_spawn server echo.log "$BATS_TEST_DIRNAME/../lib/rtp-echo.py" serve 5004
    netns_wait 10 netns_listens server udp 5004
    for server in "$PATHS_SERVER4" "$PATHS_SERVER6"; do
        sent=$(paths_sent vpn)
        [ "$(netns_exec client "$BATS_TEST_DIRNAME/../lib/rtp-echo.py" "$server" 5004 100)" = 100 ]
        [ $(($(paths_sent vpn) - sent)) -gt 15000 ]
    done
    logged 2 'udp .*, late=switch$'
}
