# SPDX-License-Identifier: GPL-2.0-or-later
#
# apps.bats - real clients and servers through the daemon: every connection ends decided, with the right facts,
# by the gateway of its rule where the path can still be chosen, over IPv4 and IPv6
#
#     client -- router == isp ==> server      10.9.0.1, fd09::1, by three ways
#                      == vpn ==>
#                      == lte ==>

load ../lib/netns
load ../lib/services
load ../lib/wires

SERVER4=10.9.0.1 SERVER6=fd09::1
NFQROUTE=${NFQROUTE:-build/nfqroute}

setup_file() {
    need_for_file xt-queue curl openssl nginx tcpdump || return 0
    netns_begin
    wires_begin server
    wires_client
    wire lte 4
    start_daemon
    netns_spawn router tcpdump.log tcpdump -i lan -s 0 -U --immediate-mode -w "$NETNS_DIR/lan.pcap"
    # shellcheck disable=SC2153 # set by netns_spawn
    echo "$NETNS_PID" >"$NETNS_DIR/tcpdump.pid"
    netns_wait 10 netns_logged tcpdump.log 'listening on'
    services_certificate a.test b.test c.test q1.test q2.test
    services_web server
    # gtlsclient asks for the name it connects to
    for name in q1 q2; do
        printf '%s %s-4.test\n%s %s-6.test\n' "$SERVER4" $name "$SERVER6" $name
    done >"$NETNS_DIR/hosts"
}

start_daemon() {
    mkdir "$NETNS_DIR/rules.d"
    cat >"$NETNS_DIR/rules.d/10-test.rules" <<'END'
gateway vpn { address 10.3.0.2; address fd03::2; mark 0x3 }
gateway lte { address 10.4.0.2; address fd04::2; mark 0x4 }
udp host q2*.test                   via lte
host { a.test, q1*.test }           via vpn
host c.test                         via lte
app { rtmp, ssh, stun, sip }        via vpn
app { bittorrent, dns }             via lte
app rtsp late leave                 via vpn
option privacy off
END
    netns_spawn router nfqroute.log "$NFQROUTE" -v -q 0 -r "$NETNS_DIR/rules.d"
    netns_wait 20 netns_logged nfqroute.log 'ready:'
}

setup() { netns_file; }

teardown_file() { netns_end; }

teardown() {
    [ -n "$BATS_TEST_COMPLETED" ] || [ -z "${NETNS_DIR-}" ] || tail -n 15 "$NETNS_DIR/nfqroute.log"
}

# decided REGEX: the log has a decision whose line matches (waits for it)
decided() { netns_wait 15 netns_logged nfqroute.log "$1"; }

client() { netns_exec client "$@"; }

# bytes_by DEVICE COMMAND...: what the router sends by the device while the command runs
bytes_by() {
    local device=$1 before
    shift
    before=$(netns_bytes router "$device" tx)
    "$@" >&2 || return
    echo $(($(netns_bytes router "$device" tx) - before))
}

@test "TLS: three names on one address, each with its own verdict" {
    for name in a b c; do
        for server in "$SERVER4" "[$SERVER6]"; do
            run client curl -sS --cacert "$NETNS_DIR/cert.pem" --resolve "$name.test:443:$server" "https://$name.test/"
            [ "$status" = 0 ] && [[ $output == *"host=$name.test"* ]]
        done
        decided "tcp 10\.1\.0\.2.* app tls host $name\.test"
        decided "tcp \[fd01::2\].* app tls host $name\.test"
    done
    decided 'host a\.test.*10-test\.rules:4 via vpn'
    decided 'host c\.test.*10-test\.rules:5 via lte'
    run netns_logged nfqroute.log 'host b\.test.* via '
    [ "$status" = 1 ]
}

# publish HOST STREAM
publish() {
    netns_spawn client "publish-$2.log" timeout 60 ffmpeg -nostdin -re -f lavfi -i testsrc=size=160x120:rate=15 -t 40 \
        -c:v libx264 -preset ultrafast -g 15 -f flv "rtmp://$1:8935/live/$2"
}

# play HOST STREAM: a second of it
play() {
    client timeout 30 ffmpeg -nostdin -loglevel error -y -i "rtmp://$1:8935/live/$2" -t 1 -c copy "$NETNS_DIR/$2.flv"
    [ "$(stat -c %s "$NETNS_DIR/$2.flv")" -gt 1000 ]
}

# taken COUNT FLOW HOW: so many connections have been decided for the vpn like this
taken() { [ "$(grep -cE "tcp $2 app rtmp.*10-test\.rules:6 via vpn.*$3" "$NETNS_DIR/nfqroute.log")" -ge "$1" ]; }

@test "RTMP on port 8935: published and played, over IPv4 and IPv6" {
    local by4='10\.1\.0\.2:[0-9]+ -> 10\.9\.0\.1:8935' by6='\[fd01::2\]:[0-9]+ -> \[fd09::1\]:8935'
    need ffmpeg
    publish "$SERVER4" four
    publish "[$SERVER6]" six
    netns_wait 10 taken 1 "$by4" moved
    netns_wait 10 taken 1 "$by6" moved
    play "[$SERVER6]" four
    play "$SERVER4" six
    # led by what was learned of the first ones, or moved as well
    netns_wait 15 taken 2 "$by4"
    netns_wait 15 taken 2 "$by6"
}

quic_get() {
    client "$BATS_TEST_DIRNAME/../lib/with-hosts" "$NETNS_DIR/hosts" timeout 20 gtlsclient --exit-on-all-streams-close -q "$1" 443 "https://$1/index.html"
}

@test "QUIC: gtlsclient's first connection goes by the gateway of its name" {
    need gtlsclient gtlsserver
    services_quic server "$SERVER4"
    services_quic server "$SERVER6"
    for family in 4 6; do
        [ "$(bytes_by vpn quic_get "q1-$family.test")" -gt 1500 ]
        [ "$(bytes_by lte quic_get "q2-$family.test")" -gt 1500 ]
        [ "$(bytes_by isp quic_get "q2-$family.test")" -lt 1000 ]
    done
    decided 'app quic host q1-6\.test.*via vpn'
    decided 'app quic host q2-6\.test.*via lte'
}

# chromium URL SERVER OPTION...
chromium_get() {
    local url=$1 server=$2 profile
    shift 2
    profile=$(mktemp -d "$NETNS_DIR/chromium.XXXXXX")
    client timeout -k 2 60 chromium --headless --no-sandbox --disable-gpu --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync --disable-dev-shm-usage \
        --user-data-dir="$profile" --ignore-certificate-errors-spki-list="$(cat "$NETNS_DIR/spki")" \
        --host-resolver-rules="MAP *.test $server" "$@" --dump-dom "$url" 2>/dev/null
}

@test "QUIC: Chromium's first connection, its name spread over two datagrams, goes by the gateway of its name" {
    need chromium gtlsserver
    netns_listens server udp 443 || { services_quic server "$SERVER4"; services_quic server "$SERVER6"; }
    for server in "$SERVER4" "[$SERVER6]"; do
        for pair in q1:vpn q2:lte; do
            before=$(netns_bytes router "${pair#*:}" tx)
            run chromium_get "https://${pair%:*}.test/index.html" "$server" \
                --origin-to-force-quic-on="${pair%:*}.test:443"
            [[ $output == *"over h3"* ]]
            [ $(($(netns_bytes router "${pair#*:}" tx) - before)) -gt 2000 ]
        done
    done
}

@test "TLS: Chromium's ClientHello, larger than a segment" {
    need chromium
    client ethtool -K eth0 tso off gso off
    for server in "$SERVER4" "[$SERVER6]"; do
        run chromium_get https://c.test/chromium "$server" --disable-quic
        [[ $output == *"host=c.test"* ]]
    done
    decided 'tcp 10\.1\.0\.2.* host c\.test alpn h2,http/1\.1.*via lte.*\(packet [45]\)'
    decided 'tcp \[fd01::2\].* host c\.test alpn h2,http/1\.1.*via lte.*\(packet [45]\)'
}

@test "ssh" {
    need sshd ssh
    services_ssh server
    for server in "$SERVER4" "$SERVER6"; do
        run client ssh -i "$NETNS_DIR/id" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "$server" echo it works
        [[ $output == *"it works"* ]]
    done
    decided 'tcp 10\.1\.0\.2.*:22 app ssh.*10-test\.rules:6 via vpn'
    decided 'tcp \[fd01::2\].*:22 app ssh.*10-test\.rules:6 via vpn'
}

@test "STUN" {
    need turnserver turnutils_stunclient
    services_stun server "$SERVER4" "$SERVER6"
    for server in "$SERVER4" "$SERVER6"; do
        [ "$(bytes_by vpn client turnutils_stunclient -p 3478 "$server")" -gt 0 ]
    done
    decided 'udp 10\.1\.0\.2.*:3478 app stun.*via vpn'
    decided 'udp \[fd01::2\].*:3478 app stun.*via vpn'
}

@test "SIP" {
    need sipp
    for pair in "$SERVER4 10.1.0.2" "$SERVER6 fd01::2"; do
        read -r server from <<<"$pair"
        services_sip server "$server" 2
        case $server in *:*) target="[$server]:5060" ;; *) target=$server:5060 ;; esac
        run client env TERM=dumb timeout 20 sipp -sn uac "$target" -i "$from" -p 5071 -m 2 -r 2 -d 100 -nostdin
        [ "$status" = 0 ]
    done
    decided 'udp 10\.1\.0\.2:5071 .* app sip.*via vpn'
    decided 'udp \[fd01::2\]:5071 .* app sip.*via vpn'
}

# ffmpeg's receiver takes one connection in its life: it could not be opened a second time.
@test "RTSP" {
    need ffmpeg
    for server in "$SERVER4" "[$SERVER6]"; do
        netns_spawn server rtsp.log timeout 40 ffmpeg -nostdin -y -rtsp_flags listen -rtsp_transport tcp \
            -i "rtsp://$server:8554/live" -t 1 -c copy "$NETNS_DIR/rtsp.mkv"
        netns_wait 10 netns_listens server tcp 8554
        # the receiver ends first, so the sender's exit status says nothing
        client timeout 20 ffmpeg -nostdin -loglevel error -re -f lavfi -i testsrc=size=160x120:rate=15 -t 3 \
            -c:v libx264 -preset ultrafast -f rtsp -rtsp_transport tcp "rtsp://$server:8554/live" || :
        netns_wait 10 netns_ended "$NETNS_PID"
    done
    decided 'tcp 10\.1\.0\.2.*:8554 app rtsp.*via vpn'
    decided 'tcp \[fd01::2\].*:8554 app rtsp.*via vpn'
    [ "$(stat -c %s "$NETNS_DIR/rtsp.mkv")" -gt 1000 ]
}

# leech PEERS: downloads the file from the peers that the tracker answers with
leech() {
    local try
    printf 'd8:intervali1800e%be' "$1" >"$NETNS_DIR/tracker/announce"
    for try in 1 2; do # seldom one asks the tracker, and then nobody for minutes
        rm -rf "$NETNS_DIR/leech"
        mkdir "$NETNS_DIR/leech"
        bittorrent client leech 51414
        if netns_wait 60 cmp -s "$NETNS_DIR/seed/file" "$NETNS_DIR/leech/file"; then
            netns_stop "$NETNS_PID"
            return
        fi
        netns_stop "$NETNS_PID"
    done
    echo "no client got the file, in $try tries"
    return 1
}

# bittorrent NAME DIRECTORY PORT: transmission in the namespace, with its file in the directory
bittorrent() {
    mkdir -p "$NETNS_DIR/$2.config"
    echo '{"utp-enabled": false, "dht-enabled": false, "lpd-enabled": false}' >"$NETNS_DIR/$2.config/settings.json"
    netns_spawn "$1" "$2.log" env "HOME=$NETNS_DIR" timeout 180 transmission-cli -et -M -v -p "$3" \
        -g "$NETNS_DIR/$2.config" -w "$NETNS_DIR/$2" "$NETNS_DIR/file.torrent"
}

@test "BitTorrent: Transmission fetches a file from a peer" {
    need transmission-cli transmission-create
    mkdir "$NETNS_DIR/seed" "$NETNS_DIR/tracker"
    head -c 300000 /dev/urandom >"$NETNS_DIR/seed/file"
    transmission-create -o "$NETNS_DIR/file.torrent" -t "http://$SERVER4:6969/announce" "$NETNS_DIR/seed/file"
    # a tracker that has one answer for everybody
    printf 'd8:intervali1800e5:peers0:e' >"$NETNS_DIR/tracker/announce"
    netns_spawn server tracker.log python3 -m http.server -d "$NETNS_DIR/tracker" 6969
    netns_wait 10 netns_listens server tcp 6969
    bittorrent server seed 51413
    netns_wait 10 netns_listens server tcp 51413
    # the addresses are $SERVER4 and $SERVER6, the port 51413 (BEP 23, BEP 7)
    leech '5:peers6:\x0a\x09\x00\x01\xc8\xd5'
    leech '5:peers0:6:peers618:\xfd\x09\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\xc8\xd5'
    decided 'tcp 10\.1\.0\.2:[0-9]+ -> 10\.9\.0\.1:51413 app bittorrent.*10-test\.rules:7 via lte'
    decided 'tcp \[fd01::2\]:[0-9]+ -> \[fd09::1\]:51413 app bittorrent.*10-test\.rules:7 via lte'
}

@test "DNS over UDP and TCP" {
    need dnsmasq dig
    DNS_ANSWER4=$SERVER4 DNS_ANSWER6=$SERVER6 services_dns server "$SERVER4" "$SERVER6"
    for server in "$SERVER4" "$SERVER6"; do
        [ "$(client dig +short "@$server" name.test)" = "$SERVER4" ]
        [ "$(client dig +short +tcp "@$server" AAAA name.test)" = "$SERVER6" ]
    done
    for proto in udp tcp; do
        decided "$proto 10\.1\.0\.2.*:53 app dns host name\.test.*10-test\.rules:7 via lte"
        decided "$proto \[fd01::2\].*:53 app dns host name\.test.*10-test\.rules:7 via lte"
    done
}

@test "explain says of the capture of all this what the daemon said" {
    need tcpdump
    sleep 0.5 # for tcpdump to write what it has
    netns_stop "$(cat "$NETNS_DIR/tcpdump.pid")"
    "$NFQROUTE" explain --json -r "$NETNS_DIR/rules.d" "$NETNS_DIR/lan.pcap" >"$NETNS_DIR/flows"
    run "$BATS_TEST_DIRNAME/../lib/same-decisions.py" "$NETNS_DIR/nfqroute.log" "$NETNS_DIR/flows" \
        10.1.0.2 fd01::2
    echo "$output"
    [ "$status" = 0 ]
    [ "${output%% *}" -ge 30 ]
}
