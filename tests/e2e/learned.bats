# SPDX-License-Identifier: GPL-2.0-or-later
#
# learned.bats - what was seen before makes the first packet right, and never takes one name for another

load ../lib/netns
load ../lib/services
load ../lib/paths

SECONDS_MAX=2${NFQR_VM:+0}0
export PATHS_LEARNED=1

setup() {
    need xt-queue curl openssl python3 dig dnsmasq
    netns_begin
}

teardown() {
    [ -n "$BATS_TEST_COMPLETED" ] || tail -n 15 "$NETNS_DIR/nfqroute.log" || :
    netns_end
}

# names NAME LOG [WORD...]: dnsmasq in the namespace, on port 53
names() {
    local name=$1 log=$2
    shift 2
    netns_spawn "$name" "$log" dnsmasq --keep-in-foreground --conf-file=/dev/null --no-hosts --no-resolv --user=root --pid-file= \
        --log-facility=- "$@"
    netns_wait 10 netns_listens "$name" udp 53
}

# world RULE...: two names on one address, of which rules know one; the router asks the server's name server
world() {
    paths_begin router
    services_certificate a.vpn.test www.vpn.test b.isp.test
    services_tls server 443
    names server far.log --local-ttl=60 --host-record="a.vpn.test,$PATHS_SERVER4,$PATHS_SERVER6" \
        --host-record="b.isp.test,$PATHS_SERVER4,$PATHS_SERVER6" --cname=www.vpn.test,a.vpn.test,30
    names router near.log --server="$PATHS_SERVER4" --cache-size=100
    paths_daemon 'host { a.vpn.test, www.vpn.test } via vpn' "$@"
}

# get FROM NAME SERVER: a request, by whatever path
get() {
    netns_exec "$1" curl -sS --max-time "$SECONDS_MAX" --cacert "$NETNS_DIR/cert.pem" --resolve "$2:443:$3" "https://$2/100000" |
        wc -c
}

# ask FROM WORD...
ask() {
    local from=$1
    shift
    netns_exec "$from" dig +short +tries=1 +time=3 "$@"
}

# goes FROM NAME SERVER PATTERN: the decision about a new connection is logged like this
goes() {
    local before
    before=$(wc -l <"$NETNS_DIR/nfqroute.log")
    [ "$(get "$1" "$2" "$3")" = 100000 ] || return
    tail -n +$((before + 1)) "$NETNS_DIR/nfqroute.log" | grep "host $2 " | tee "$NETNS_DIR/last" | grep -Eq "$4"
}

# straight FROM NAME SERVER: by the vpn from its SYN on, learned from DNS
straight() {
    local isp
    isp=$(paths_sent isp)
    goes "$1" "$2" "$3" 'via vpn mark 0x9 .*path learned from DNS$' || return
    [ $(($(paths_sent isp) - isp)) = 0 ] || grep -q . /dev/null
}

@test "DNS answers of all kinds are there before the SYN" {
    world 'option dns on'
    # forwarded, by a server elsewhere; over UDP and TCP, IPv4 and IPv6, A and AAAA
    [ "$(ask client @$PATHS_SERVER4 a.vpn.test A)" = $PATHS_SERVER4 ]
    straight client a.vpn.test $PATHS_SERVER4
    [ "$(ask client @$PATHS_SERVER6 +tcp a.vpn.test AAAA)" = $PATHS_SERVER6 ]
    # another client address, which has asked for nothing, is led by what the others have
    goes client a.vpn.test "[$PATHS_SERVER6]" 'via vpn .*path learned from DNS$'
    # the router's own, by way of its own name server
    [ "$(ask router @127.0.0.1 a.vpn.test A)" = $PATHS_SERVER4 ]
    straight router a.vpn.test $PATHS_SERVER4
    netns_stop "$PATHS_DAEMON"
    grep 'DNS answers learned from: 4, not asked for: 0' "$NETNS_DIR/nfqroute.log"
}
