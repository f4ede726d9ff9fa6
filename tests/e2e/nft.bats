# SPDX-License-Identifier: GPL-2.0-or-later
#
# nft.bats - the daemon with hooks of nft's own: header and host rules over both families, kept by the kernel, then gone; a kill
# switch by the kernel's WireGuard; what the doctor says of flowtables; and what is moved by iptables on the same kernel
#
# For kernels with the native queue statement; elsewhere skipped, and run in a guest by `make check-vm`. One network
# and one daemon for all tests, because guests are slow.

bats_require_minimum_version 1.5.0
load ../lib/netns
load ../lib/services
load ../lib/paths
load ../lib/gateways
load ../lib/wireguard

NFQROUTE=${NFQROUTE:-build/nfqroute}
TOOLS=$(dirname "$NFQROUTE")/tests/e2e
SERVERS=("$PATHS_SERVER4" "$PATHS_SERVER6")

setup_file() {
    need_for_file nft-queue nft wireguard wg ss conntrack curl openssl python3 || return 0
    netns_begin
    paths_begin router
    netns_exec router nft list ruleset >"$NETNS_DIR/before"
    # Times for a guest in which a handshake may take a second.
    paths_daemon 'option rehome-hold-time 10s' 'option rehome-timeout 30s' 'option budget-time 1m' \
        'tcp dport 7 via vpn' 'udp dport 7 via vpn' 'host .vpn.test via vpn'
    echo "$PATHS_DAEMON" >"$NETNS_DIR/daemon"
    services_certificate a.vpn.test b.isp.test
    services_tls server 443
    netns_serve server 7 8 9
}

setup() { netns_file; }

teardown_file() { netns_end; }

teardown() {
    [ -n "$BATS_TEST_COMPLETED" ] || [ -z "${NETNS_DIR-}" ] || tail -n 15 "$NETNS_DIR/nfqroute.log"
}

# goes_by DEVICE COMMAND...: the command succeeds, and its 20,000 bytes leave by the device and by no other
goes_by() {
    local vpn isp
    vpn=$(paths_sent vpn) isp=$(paths_sent isp)
    "${@:2}" >&2 || return
    vpn=$(($(paths_sent vpn) - vpn)) isp=$(($(paths_sent isp) - isp))
    echo "by vpn $vpn, by isp $isp" >&2
    case $1 in
    vpn) [ $vpn -gt 20000 ] && [ $isp -lt 2000 ] ;;
    isp) [ $isp -gt 20000 ] && [ $vpn -lt 2000 ] ;;
    esac
}

# sent_by DEVICE BYTES: more than so many, ever
sent_by() { [ "$(paths_sent "$1")" -gt "$2" ]; }

# post FROM NAME SERVER: 30,000 bytes to the server, by name
post() {
    head -c 30000 /dev/urandom >"$NETNS_DIR/upload"
    [ "$(netns_exec "$1" curl -sS --max-time 90 --cacert "$NETNS_DIR/cert.pem" --resolve "$2:443:$3" \
        --data-binary "@$NETNS_DIR/upload" "https://$2/")" = "$(sha256sum <"$NETNS_DIR/upload" | cut -d' ' -f1)" ]
}

@test "the hooks are a table of nft's own, with queues that nobody need serve" {
    run netns_exec router nft list table inet nfqroute
    [ "$status" = 0 ]
    [[ $output == *"queue flags bypass to 0"* ]]
    [[ $(netns_exec router iptables-save) != *NFQROUTE* ]]
}

@test "a header rule takes the gateway, for forwarded and local connections, and one packet sees the queue" {
    for from in client router; do
        for server in "${SERVERS[@]}"; do
            for protocol in tcp udp; do
                before=$(netns_queue_field router 0 8)
                goes_by vpn netns_exec "$from" "$TOOLS/tool_peer" $protocol "$server" 7 1000 25
                [ $(($(netns_queue_field router 0 8) - before)) = 1 ]
            done
        done
    done
}

@test "what no rule matches goes by the main table" {
    for server in "${SERVERS[@]}"; do
        goes_by isp netns_exec client "$TOOLS/tool_peer" udp "$server" 8 1000 25
    done
}

@test "a host rule: the connection is moved when its TLS name is known; another name stays" {
    for server in "$PATHS_SERVER4" "[$PATHS_SERVER6]"; do
        goes_by vpn post client a.vpn.test "$server"
        goes_by isp post client b.isp.test "$server"
    done
    [ "$(grep -c 'host a\.vpn\.test.* via vpn.*, moved' "$NETNS_DIR/nfqroute.log")" = 2 ]
}

@test "a reload replaces the table at once; the connection's path stays" {
    before=$(paths_sent vpn)
    netns_spawn client lasting.log "$TOOLS/tool_peer" tcp "$PATHS_SERVER6" 7 1000 1000
    # shellcheck disable=SC2153 # set by netns_spawn
    lasting=$NETNS_PID
    netns_wait 10 sent_by vpn "$((before + 10000))"
    sed -i 's/udp dport 7 via vpn/udp dport 9 via vpn/; 1i option queue-length 100' "$NETNS_DIR/rules.d/10.rules"
    kill -HUP "$(cat "$NETNS_DIR/daemon")"
    netns_wait 10 netns_logged nfqroute.log '^nfqroute: reloaded'
    netns_wait 30 netns_ended "$lasting"
    wait "$lasting"
    goes_by isp netns_exec client "$TOOLS/tool_peer" udp "$PATHS_SERVER6" 7 1000 25
    goes_by vpn netns_exec client "$TOOLS/tool_peer" tcp "$PATHS_SERVER4" 7 1000 25
}

# --- option flowtable -----------------------------------------------------------------------------------------

reload() {
    local before
    before=$(grep -c '^nfqroute: reloaded' "$NETNS_DIR/nfqroute.log" || :)
    kill -HUP "$(cat "$NETNS_DIR/daemon")"
    reloaded() { [ "$(grep -c '^nfqroute: reloaded' "$NETNS_DIR/nfqroute.log")" -gt "$before" ]; }
    netns_wait 60 reloaded
}

has_flowtable() { netns_exec router nft list flowtable inet nfqroute_flowtable decided >/dev/null 2>&1; }

# carried PORT [WORDS]: the connections to the port that the flowtable carries now, whose line has the words
carried() {
    { netns_exec router conntrack -L -f ipv4 && netns_exec router conntrack -L -f ipv6; } 2>/dev/null |
        grep "dport=$1 " | grep -F '[OFFLOAD]' | grep -c -- "${2-}" || :
}
# is_carried PORT COUNT: as many, at least
is_carried() { [ "$(carried "$1")" -ge "$2" ]; }

# Packets from the lan that the chains have seen. A chain of nobody's, as it is to be seen that all are passed by.
seen() { netns_exec router nft list counter inet t seen | sed -n 's/.*packets \([0-9]*\).*/\1/p'; }

@test "option flowtable: decided connections pass all chains by, by their gateway, and are counted" {
    need flowtable
    sed -i '1i option flowtable on' "$NETNS_DIR/rules.d/10.rules"
    reload
    has_flowtable
    netns_exec router nft 'add table inet t; add counter inet t seen
        add chain inet t c { type filter hook prerouting priority -300; }
        add rule inet t c iifname lan meta l4proto { tcp, udp } counter name seen'
    for server in "${SERVERS[@]}"; do
        for way in 'vpn tcp 7' 'vpn udp 9'; do
            read -r device protocol port <<<"$way"
            before=$(seen)
            goes_by "$device" netns_exec client "$TOOLS/tool_peer" "$protocol" "$server" "$port" 1000 200
            echo "$way: the chains have seen $(($(seen) - before))"
            [ $(($(seen) - before)) -gt 0 ] && [ $(($(seen) - before)) -lt 50 ]
        done
    done
    [ "$(carried 9 'packets=200 .*packets=200 ')" = 2 ]
}

@test "option flowtable: a connection that is moved is whole, and goes on through the chains" {
    need flowtable
    for server in "$PATHS_SERVER4" "[$PATHS_SERVER6]"; do
        goes_by vpn post client a.vpn.test "$server"
    done
    [ "$(grep -c 'host a\.vpn\.test.* via vpn.*, moved' "$NETNS_DIR/nfqroute.log")" = 4 ]
}

# A connmark that changes the kernel does not see.
@test "option flowtable: flush holds for what it carries; off again it is gone" {
    need flowtable
    local pid lasting=()
    for server in "${SERVERS[@]}"; do
        netns_spawn client lasting.log "$TOOLS/tool_peer" tcp "$server" 7 1000 10000000
        lasting+=("$NETNS_PID")
    done
    netns_wait 30 is_carried 7 2
    netns_exec router "$NFQROUTE" flush gateway vpn >&2
    for pid in "${lasting[@]}"; do netns_wait 30 netns_ended "$pid"; done
    netns_wait 30 has_flowtable
    sed -i '/^option flowtable on$/d' "$NETNS_DIR/rules.d/10.rules"
    reload
    run ! has_flowtable
    netns_exec router nft delete table inet t
}

# by_tunnel SERVER
by_tunnel() {
    local before
    before=$(netns_bytes router wg0 tx)
    goes_by vpn netns_exec client "$TOOLS/tool_peer" tcp "$1" 9 1000 25 && [ $(($(netns_bytes router wg0 tx) - before)) -gt 20000 ]
}

# Its sockets to the port: none left.
none_open() { [ -z "$(netns_exec client ss -tnH state established "dport = $1")" ]; }

# A client that is stopped says nothing by itself: its kernel answers for it.
@test "a kill switch whose gateway is the kernel's WireGuard goes silent: connections end, not a packet leaves by the isp" {
    local silent=()
    wireguard_begin
    printf '%s\n' 'gateway wg { device wg0; masquerade yes; endpoint 10.22.0.1' \
        "$(checks ping every 500ms timeout 450ms down 3 up 1)" '}' \
        'group safe { wg else unreachable }' 'tcp dport 9 via safe' >"$NETNS_DIR/rules.d/05-wg.rules"
    kill -HUP "$(cat "$NETNS_DIR/daemon")"
    for family in IPv4 IPv6; do netns_wait 10 netns_logged nfqroute.log "wg: $family: check ping .*: answers"; done
    netns_exec isp_gw nft 'add table inet t; add counter inet t leaked
        add chain inet t c { type filter hook prerouting priority -300; }
        add rule inet t c iifname near tcp dport 9 counter name leaked'
    for server in "${SERVERS[@]}"; do
        by_tunnel "$server"
        before=$(netns_bytes router wg0 tx)
        netns_spawn client silent.log "$TOOLS/tool_peer" tcp "$server" 9 1000 100000
        silent+=("$NETNS_PID")
        has_begun() { [ $(($(netns_bytes router wg0 tx) - before)) -gt 10000 ]; }
        netns_wait 10 has_begun
        kill -STOP "$NETNS_PID"
    done
    wireguard_becomes down wireguard_part
    netns_wait 20 none_open 9
    for server in "${SERVERS[@]}"; do
        if netns_exec client "$TOOLS/tool_peer" tcp "$server" 9 1000; then false; fi
    done
    kill -CONT "${silent[@]}"
    wireguard_becomes up wireguard_meet
    by_tunnel "${SERVERS[1]}"
    [ "$(counted isp leaked)" = 0 ]
    rm "$NETNS_DIR/rules.d/05-wg.rules" # its probes would go by vpn, where bytes are counted
}

@test "doctor: a flowtable that takes what is not decided" {
    netns_exec router nft -f - <<'END'
table inet fast {
    flowtable f { hook ingress priority 0; devices = { lan, vpn }; }
    chain c {
        type filter hook forward priority 0
        meta l4proto tcp flow add @f
    }
}
END
    run netns_exec router "$NFQROUTE" doctor -r "$NETNS_DIR/rules.d"
    grep -qE '^warn +offload +forwarded connections are offloaded \(nft list ruleset, table inet fast, chain c\)' <<<"$output"
    netns_exec router nft 'flush chain inet fast c; add rule inet fast c ct mark and 0xff != 0 meta l4proto tcp flow add @f'
    run netns_exec router "$NFQROUTE" doctor -r "$NETNS_DIR/rules.d"
    grep -qE '^ok +offload ' <<<"$output"
    netns_exec router nft delete table inet fast
}

@test "the end leaves the firewall as it was" {
    kill "$(cat "$NETNS_DIR/daemon")"
    netns_wait 20 netns_ended "$(cat "$NETNS_DIR/daemon")"
    diff <(netns_exec router nft list ruleset | sed 's/packets [0-9]* bytes [0-9]*//') \
        <(sed 's/packets [0-9]* bytes [0-9]*//' "$NETNS_DIR/before")
    run grep '^nfqroute: error' "$NETNS_DIR/nfqroute.log"
    [ "$status" = 1 ]
}

# A table of ours that is somebody else's (owner: nobody but the socket that made it may change it) is one that nft refuses.
@test "where nft's own hooks are refused, the same kernel by iptables: a connection of each family is moved" {
    need xt-queue
    mkfifo "$NETNS_DIR/nft"
    # shellcheck disable=SC2016 # sh's own
    netns_spawn router owner.log sh -c 'exec nft -i <"$1"' sh "$NETNS_DIR/nft"
    exec 7<>"$NETNS_DIR/nft"
    echo 'add table inet nfqroute { flags owner; }' >&7
    netns_wait 10 netns_exec router nft list table inet nfqroute
    paths_start 7>&-
    netns_logged nfqroute.log 'hooks are in place, by iptables'
    moved=$(grep -c ', moved' "$NETNS_DIR/nfqroute.log")
    goes_by vpn post client a.vpn.test "$PATHS_SERVER4"
    goes_by vpn post router a.vpn.test "[$PATHS_SERVER6]"
    goes_by isp post client b.isp.test "[$PATHS_SERVER6]"
    [ "$(grep -c ', moved' "$NETNS_DIR/nfqroute.log")" = $((moved + 2)) ]
    netns_stop "$PATHS_DAEMON"
    exec 7>&-
    [[ $(netns_exec router iptables-save) != *NFQROUTE* ]]
}
