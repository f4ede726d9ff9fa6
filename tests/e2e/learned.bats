# SPDX-License-Identifier: GPL-2.0-or-later
#
# learned.bats - what was seen before makes the first packet right, and never takes one name for another

load ../lib/netns
load ../lib/services
load ../lib/paths

SECONDS_MAX=2${NFQR_VM:+0}0
export PATHS_LEARNED=1

setup() {
    need xt-queue curl openssl python3 dig dnsmasq jq
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
    [ $(($(paths_sent isp) - isp)) -lt 200 ] # neighbours are asked for
}

# first_path CLIENT SERVER: what why says of the first packet to port 443
first_path() {
    netns_exec router "${NFQROUTE:-build/nfqroute}" why --json "$1" "$2" 443 | jq -c '[.verdict, .gateway, .led_by]'
}

# alternate SERVER COUNT NAME...
alternate() {
    netns_exec client "$NETNS_LIB/alternate.py" "$1" "$NETNS_DIR/cert.pem" "${@:2}"
}

# Nobody but the daemon at the end of its life tells how often; so it is asked to.
ends() {
    netns_stop "$PATHS_DAEMON"
    grep -Eq "$1" "$NETNS_DIR/nfqroute.log"
}

@test "DNS answers of all kinds are there before the SYN" {
    world 'option dns on'
    # forwarded, by a server elsewhere; over UDP and TCP, IPv4 and IPv6, A and AAAA
    [ "$(first_path 10.1.0.2 "$PATHS_SERVER4")" = '["main",null,null]' ]
    [ "$(ask client @"$PATHS_SERVER4" a.vpn.test A)" = "$PATHS_SERVER4" ]
    [ "$(first_path 10.1.0.2 "$PATHS_SERVER4")" = '["via","vpn","DNS"]' ]
    straight client a.vpn.test "$PATHS_SERVER4"
    [ "$(ask client @"$PATHS_SERVER6" +tcp a.vpn.test AAAA)" = "$PATHS_SERVER6" ]
    straight client a.vpn.test "[$PATHS_SERVER6]"
    # the router's own, by way of its own name server
    [ "$(ask router @127.0.0.1 a.vpn.test A)" = "$PATHS_SERVER4" ]
    [ "$(first_path 10.1.0.1 "$PATHS_SERVER4")" = '["via","vpn","DNS"]' ]
    straight router a.vpn.test "$PATHS_SERVER4"
    ends 'DNS answers learned from: 4, not asked for: 0'
}

@test "the router's name server, CNAMEs, and programs with a resolver of their own" {
    world 'option dns on'
    ask client @10.1.0.1 www.vpn.test A
    straight client www.vpn.test "$PATHS_SERVER4"
    echo 'nameserver fd01::1' >"$NETNS_DIR/resolv.conf"
    # A and AAAA at once, from one socket, and the connection with no pause
    # shellcheck disable=SC2016 # expanded by the inner shell
    netns_exec client unshare --mount bash -c 'mount --bind "$1/resolv.conf" /etc/resolv.conf
        curl -sS --max-time 20 --cacert "$1/cert.pem" https://a.vpn.test/100000 | wc -c' bash "$NETNS_DIR" >"$NETNS_DIR/got"
    [ "$(cat "$NETNS_DIR/got")" = 100000 ]
    grep 'host a.vpn.test .*via vpn mark 0x9 .*path learned from' "$NETNS_DIR/nfqroute.log" | grep 443
    [ "$(grep -c ', moved' "$NETNS_DIR/nfqroute.log")" = 0 ]
}

@test "what one client has asked for does not decide for another" {
    world 'option dns on'
    netns_addr client eth0 10.1.0.3/24
    [ "$(netns_exec client dig +short -b 10.1.0.2 @"$PATHS_SERVER4" a.vpn.test A)" = "$PATHS_SERVER4" ]
    [ "$(netns_exec client dig +short -b 10.1.0.3 @"$PATHS_SERVER4" b.isp.test A)" = "$PATHS_SERVER4" ]
    straight client a.vpn.test "$PATHS_SERVER4"
    netns_exec client curl -sS --interface 10.1.0.3 --cacert "$NETNS_DIR/cert.pem" --resolve "b.isp.test:443:$PATHS_SERVER4" \
        https://b.isp.test/peer >"$NETNS_DIR/peer"
    [ "$(cat "$NETNS_DIR/peer")" = 10.21.0.2 ]
    [ "$(grep -c 'b.isp.test.*moved' "$NETNS_DIR/nfqroute.log")" = 0 ]
    run netns_exec router "${NFQROUTE:-build/nfqroute}" learned "$PATHS_SERVER4"
    [[ $output == *10.1.0.2*a.vpn.test*dns*"via vpn"* ]]
    [[ $output == *any*b.isp.test*"ambiguous: main"* ]]
}

@test "1,000 connections by two names at one address: each on its path" {
    # sanitizers and the guest make connections slow, not different
    local count=1000
    [[ ${NFQROUTE-} != */san/* ]] || count=200
    [ -z "${NFQR_VM-}" ] || count=40
    world
    alternate "$PATHS_SERVER4" $count a.vpn.test b.isp.test >"$NETNS_DIR/seen"
    [ "$(paste -sd, <"$NETNS_DIR/seen")" = "a.vpn.test 10.22.0.2 $((count / 2)),b.isp.test 10.21.0.2 $((count / 2))" ]
    alternate "$PATHS_SERVER6" 100 a.vpn.test b.isp.test >"$NETNS_DIR/seen"
    [ "$(paste -sd, <"$NETNS_DIR/seen")" = "a.vpn.test fd22::2 50,b.isp.test fd21::2 50" ]
    # led astray was the first one of each family, and led back
    ends 'chosen by what was learned: 2 \(wrongly: 2\)'
}

@test "the same by dnsmasq's set of addresses and a firewall mark: wrong every time" {
    paths_begin router
    services_certificate a.vpn.test b.isp.test
    services_tls server 443
    netns_exec router nft 'table inet peer {
        set vpn { type ipv4_addr; }
        chain divert { type filter hook prerouting priority mangle; ip daddr @vpn meta mark set 9; }; }'
    ip -n "$(netns router)" rule add fwmark 9 lookup 9
    ip -n "$(netns router)" route add default via 10.22.0.1 table 9
    names server far.log --host-record="a.vpn.test,$PATHS_SERVER4" --host-record="b.isp.test,$PATHS_SERVER4"
    names router peer.log --server="$PATHS_SERVER4" --nftset=/vpn.test/4#inet#peer#vpn
    ask client @10.1.0.1 a.vpn.test A
    ask client @10.1.0.1 b.isp.test A
    netns_exec router nft list set inet peer vpn | grep "$PATHS_SERVER4"
    alternate "$PATHS_SERVER4" 100 a.vpn.test b.isp.test >"$NETNS_DIR/seen"
    [ "$(paste -sd, <"$NETNS_DIR/seen")" = "a.vpn.test 10.22.0.2 50,b.isp.test 10.22.0.2 50" ]
}

@test "answers that nobody asked for teach nothing" {
    world 'option dns on'
    # From the right address and port to the right port, but for another id, and for another name; then the true one
    # (which the client waits for), so that all have passed when it is there.
    netns_exec client python3 - "$PATHS_SERVER4" >"$NETNS_DIR/port" <<'END'
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.1.0.2", 5353))
name = b"\1b\3isp\4test\0\0\1\0\1"
s.sendto(struct.pack(">HHHHHH", 7, 0x100, 1, 0, 0, 0) + name, (sys.argv[1], 53))
s.recv(512)
END
    netns_exec server python3 - <<'END'
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
raw.bind(("10.9.0.1", 0))
for ident, name in ((8, b"\1b\3isp\4test\0\0\1\0\1"), (7, b"\1a\3vpn\4test\0\0\1\0\1"), (9, b"\1a\3vpn\4test\0\0\1\0\1")):
    body = struct.pack(">HHHHHH", ident, 0x8180, 1, 1, 0, 0) + name + b"\xc0\x0c\0\1\0\1\0\0\1\0\0\4\xcb\0\x71\x63"
    raw.sendto(struct.pack(">HHHH", 53, 5353, 8 + len(body), 0) + body, ("10.21.0.2", 0))
END
    [ "$(ask client @"$PATHS_SERVER4" b.isp.test A)" = "$PATHS_SERVER4" ]
    run netns_exec router "${NFQROUTE:-build/nfqroute}" learned 203.0.113.99
    [[ $output != *203.0.113.99* ]]
    ends 'DNS answers learned from: 2, not asked for: 3'
}

@test "what was learned survives a restart and a reload; a damaged file is told and ignored" {
    local file=$NETNS_DIR/state/learned
    world 'option dns on' "option learned-file $file"
    ask client @"$PATHS_SERVER4" a.vpn.test A
    kill -HUP "$PATHS_DAEMON"
    netns_wait 10 netns_logged nfqroute.log ' reloaded, '
    straight client a.vpn.test "$PATHS_SERVER4"
    netns_stop "$PATHS_DAEMON"
    [ "$(stat -c %a "$file")" = 600 ]
    run env NFQROUTE_LEARNED="$file" NFQROUTE_SOCKET="$NETNS_DIR/none" "${NFQROUTE:-build/nfqroute}" learned --json a.vpn
    [ "$status" = 0 ]
    [[ $output == *'"host": "a.vpn.test"'* ]]
    # the word chooses here as well; a socket that a killed daemon has left, or none: both are no daemon
    python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$NETNS_DIR/left"
    run env NFQROUTE_LEARNED="$file" NFQROUTE_SOCKET="$NETNS_DIR/left" "${NFQROUTE:-build/nfqroute}" learned b.elsewhere
    [ "$status" = 0 ]
    [[ $output == *"this is what was saved"* && $output != *a.vpn.test* ]]
    run env NFQROUTE_LEARNED="$file.none" NFQROUTE_SOCKET="$NETNS_DIR/left" "${NFQROUTE:-build/nfqroute}" learned
    [ "$status" = 3 ]
    [[ $output == *"nothing is saved"* ]]
    paths_start
    grep 'learned destinations of before: ' "$NETNS_DIR/nfqroute.log"
    goes client a.vpn.test "$PATHS_SERVER4" 'via vpn .*path learned from'
    netns_stop "$PATHS_DAEMON"
    # a byte of an entry
    sed -i '2s/"hits":1/"hits":9/;2s/tcp/udp/' "$file"
    printf x >>"$file"
    paths_start
    grep 'what was learned before is not used: .*checksum' "$NETNS_DIR/nfqroute.log"
    goes client a.vpn.test "$PATHS_SERVER4" 'via vpn .*, moved$'
    # a rule that is gone leads nobody
    sed -i 's/^host .*//' "$NETNS_DIR/rules.d/10.rules"
    kill -HUP "$PATHS_DAEMON"
    netns_wait 10 grep -q 'reloaded, rules: 0' "$NETNS_DIR/nfqroute.log"
}

@test "a full disk is told, and the old file stays" {
    local file=$NETNS_DIR/disk/learned
    mkdir "$NETNS_DIR/disk"
    mount -t tmpfs -o size=4k,nr_inodes=4 disk "$NETNS_DIR/disk"
    world "option learned-file $file"
    echo old >"$file"
    head -c 4000 /dev/zero >"$NETNS_DIR/disk/full" || :
    [ "$(get client a.vpn.test "$PATHS_SERVER4")" = 100000 ]
    netns_stop "$PATHS_DAEMON"
    grep 'what was learned is not saved: .*No space left' "$NETNS_DIR/nfqroute.log"
    [ "$(cat "$file")" = old ]
    [ ! -e "$file.new" ]
    umount "$NETNS_DIR/disk"
}
