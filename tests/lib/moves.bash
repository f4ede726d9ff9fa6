# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# moves.bash - connections to a.vpn.test, to be moved to the vpn, and to b.isp.test, which stay; to be read behind
# netns.bash, services.bash and paths.bash

SECONDS_MAX=${NFQR_VM:+2}60 # for a client: 200 MB on a busy machine; the guest is slow

# moves_network: for setup_file, and a network that all tests of the file share; where nobody translates so far
moves_network() {
    paths_begin none
    services_certificate a.vpn.test b.isp.test
    services_tls server 443
}

# moves_end: for teardown then: the daemon goes, and its log makes room for the next one's
moves_end() {
    [ -n "$BATS_TEST_COMPLETED" ] || [ -z "${NETNS_DIR-}" ] || tail -n 12 "$NETNS_DIR/nfqroute.log" || :
    [ -z "${PATHS_DAEMON-}" ] || netns_stop "$PATHS_DAEMON"
    [ ! -e "${NETNS_DIR-}/nfqroute.log" ] || mv "$NETNS_DIR/nfqroute.log" "$NETNS_DIR/nfqroute.$BATS_TEST_NUMBER.log"
}

# world NAT RULE...: with a network of the test's own, or the file's
world() {
    local nat=$1
    shift
    if [ -e "$NETNS_DIR/cert.pem" ]; then paths_again "$nat"; else moves_network && paths_translate "$nat"; fi || return
    paths_daemon "$@"
}

# get FROM NAME SERVER LENGTH [CURL-WORD...]: the SHA-256 of so many bytes from the server, by name
get() {
    netns_exec "$1" curl -sS "${@:5}" --max-time "$SECONDS_MAX" --cacert "$NETNS_DIR/cert.pem" --resolve "$2:443:$3" "https://$2/$4" |
        sha256sum | cut -d' ' -f1
}

# post FROM NAME SERVER FILE: what the server says is the SHA-256 of the file
post() {
    netns_exec "$1" curl -sS --max-time "$SECONDS_MAX" --cacert "$NETNS_DIR/cert.pem" --resolve "$2:443:$3" --data-binary "@$4" \
        "https://$2/"
}

# known LENGTH: the SHA-256 of what the server sends
known() {
    [ ! -e "$NETNS_DIR/known.$1" ] || { cat "$NETNS_DIR/known.$1"; return; }
    python3 -c 'import hashlib, sys; n = int(sys.argv[1]); b = bytes(range(256)) * 256
print(hashlib.sha256((b * (n // len(b) + 1))[:n]).hexdigest())' "$1" | tee "$NETNS_DIR/known.$1"
}

# no_leftovers: the probes' zone is empty
no_leftovers() {
    ! { netns_exec router conntrack -L -f ipv4 && netns_exec router conntrack -L -f ipv6; } 2>/dev/null | grep -q 'zone-orig='
}

# outlives_the_daemon: it is killed while a moved connection carries 60 MB; these are whole, and come by the vpn on; so is the next one
outlives_the_daemon() {
    local download vpn
    get client a.vpn.test "$PATHS_SERVER4" 60000000 --limit-rate 20M >"$NETNS_DIR/sum" 3>&- &
    download=$!
    netns_wait 15 netns_logged nfqroute.log ', moved' || return
    netns_stop "$PATHS_DAEMON" KILL
    vpn=$(paths_received vpn)
    [ "$(get client a.vpn.test "$PATHS_SERVER4" 300000)" = "$(known 300000)" ] && wait "$download" &&
        [ "$(cat "$NETNS_DIR/sum")" = "$(known 60000000)" ] && [ "$(paths_received vpn)" -gt "$vpn" ]
}

# moves FROM SERVER: a connection by name goes by the vpn, all but its handshake
moves() {
    local isp vpn
    isp=$(paths_sent isp) vpn=$(paths_received vpn)
    [ "$(get "$1" a.vpn.test "$2" 300000)" = "$(known 300000)" ] || return
    isp=$(($(paths_sent isp) - isp)) vpn=$(($(paths_received vpn) - vpn))
    [ $vpn -gt 300000 ] && [ $isp -lt 1000 ] && return
    echo "from $1 to $2: $vpn bytes by the vpn, $isp by the isp"
    return 1
}

# stays FROM SERVER: one by another name does not
stays() {
    local vpn
    vpn=$(paths_sent vpn)
    [ "$(get "$1" b.isp.test "$2" 300000)" = "$(known 300000)" ] || return
    [ $(($(paths_sent vpn) - vpn)) -lt 500 ] # neighbours are asked for
}

# resets FROM...: of a moved connection, by the server, the client hears at once
resets() {
    local from server
    for from; do
        for server in "$PATHS_SERVER4" "[$PATHS_SERVER6]"; do
            ! netns_exec "$from" curl -sS --max-time "${NFQR_VM:+3}3" --cacert "$NETNS_DIR/cert.pem" \
                --resolve "a.vpn.test:443:$server" https://a.vpn.test/reset >"$NETNS_DIR/said" 2>&1 || return
            grep -q "reset by peer" "$NETNS_DIR/said" || return
        done
    done
}

# pieces PATH SIZE PAUSE: the SHA-256 of the body, see tls-pieces.py
pieces() {
    # shellcheck disable=SC2153 # netns.bash's
    netns_exec client "$NETNS_LIB/tls-pieces.py" "$PATHS_SERVER4" a.vpn.test "$NETNS_DIR/cert.pem" "$@"
}

# vpn_firewall RULE...: a rule of both families in the vpn's gateway
vpn_firewall() {
    netns_exec vpn_gw iptables "$@" && netns_exec vpn_gw ip6tables "$@"
}
