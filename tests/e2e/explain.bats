# SPDX-License-Identifier: GPL-2.0-or-later
#
# explain.bats - captures through the rules: what the daemon would decide, at which packet; and the program's frame

NFQROUTE=${NFQROUTE:-build/nfqroute}
CAPTURE=$BATS_TEST_DIRNAME/../lib/capture.py
CORPUS=${CORPUS:-$BATS_TEST_DIRNAME/../../../shared/corpus/dev}

# An RTMP handshake's first bytes (version 3, time, zero, then anything), and a ClientHello's.
C0C1="03 00000000 00000000 $(printf '5a%.0s' {1..1528})"

setup() {
    command -v python3 >/dev/null || skip "python3 is not installed"
    command -v jq >/dev/null || skip "jq is not installed"
    cd "$BATS_TEST_TMPDIR" || return
    [ "${NFQROUTE#/}" != "$NFQROUTE" ] || NFQROUTE=$BATS_TEST_DIRNAME/../../$NFQROUTE
    mkdir rules
    cat >rules/10.rules <<'END'
gateway vpn { address 192.168.1.1; table 2; mark 0x9 }
gateway lte { device wwan0; mark 0x5 }
user 1000 via lte
iif br-guest drop
tcp dport 1935 via vpn
app rtmp via vpn
daddr fd09::/16 udp via lte
udp dport 9999 reject
END
}

# tcp CLIENT PORT SERVER PORT HEX: a handshake, the client's data, an answer and the end
tcp() {
    printf '%s\n' "0.0 tcp $1 $2 $3 $4 S" "0.1 tcp $3 $4 $1 $2 SA" "0.2 tcp $1 $2 $3 $4 A" \
        "0.3 tcp $1 $2 $3 $4 A $5" "0.4 tcp $3 $4 $1 $2 A 00" "0.5 tcp $1 $2 $3 $4 FA"
}

# said QUERY [EXPLAIN ARGUMENT...]: what jq finds in the JSON
said() {
    local query=$1
    shift
    "$NFQROUTE" explain --json "$@" | jq -c "$query"
}

brief='[.src, .dport, .verdict, .gateway, .mark, .rule, .decided_packet]'

@test "a rule on a port decides at the first packet, over both families" {
    { tcp 10.0.0.2 40000 10.9.0.1 1935 00; tcp fd01::2 40000 fd02::1 1935 00; } | "$CAPTURE" >a.pcap
    run said "$brief" -r rules a.pcap
    [ "${lines[0]}" = '["10.0.0.2",1935,"via","vpn","0x9","rules/10.rules:5",1]' ]
    [ "${lines[1]}" = '["fd01::2",1935,"via","vpn","0x9","rules/10.rules:5",1]' ]
    [ "${#lines[@]}" = 2 ]
}

@test "a rule on the payload decides at the packet that carries it, counted in both directions" {
    tcp 10.0.0.2 40000 10.9.0.1 2222 "$C0C1" | "$CAPTURE" >a.pcap
    run said '[.app, .verdict, .gateway, .rule, .decided_packet]' -r rules a.pcap
    [ "$output" = '["rtmp","via","vpn","rules/10.rules:6",4]' ]
}

@test "verdicts that come late: what the daemon would do, by the policy of the rule" {
    {
        echo 'gateway vpn { address 192.168.1.1 }'
        echo 'option learned off' # which would spare the last ones
        for policy in auto leave reset switch; do echo "tcp dport $((++port)) app rtmp late $policy via vpn"; done
    } >late.rules
    for client in 10.0.0.2 fd01::2; do
        [ $client = 10.0.0.2 ] && server=10.9.0.1 || server=fd02::1
        for port in 1 2 3 4; do tcp $client 4000$port "$server" $port "$C0C1"; done
        # the retry of a reset one, which goes by the path from its SYN on, and one more
        tcp $client 40005 "$server" 3 "$C0C1" | sed 's/^0/1/'
        tcp $client 40006 "$server" 3 "$C0C1" | sed 's/^0/2/'
    done | sort -s -n | "$CAPTURE" >a.pcap
    run said '[.sport, .verdict, .decided_packet, .late]' -r late.rules a.pcap
    for line in '[40001,"via",4,"moved"]' '[40002,"via",4,"too late"]' '[40003,"via",4,"reset"]' \
        '[40004,"via",4,"switched"]' '[40005,"via",4,null]' '[40006,"via",4,"too late"]'; do
        [ "$(grep -cxF "$line" <<<"$output")" = 2 ]
    done
    run "$NFQROUTE" explain -r late.rules a.pcap
    for line in '4  via vpn, would be re-homed at packet 4 ' '4  via vpn, would be reset at packet 4 ' \
        '4  via vpn, would be switched at packet 4 ' '4  via vpn, too late: not asked for '; do
        [ "$(grep -cF "  $line" <<<"$output")" = 2 ]
    done
    grep -qE 'tcp +\[fd01::2\]:40001 .*would be re-homed at packet 4' <<<"$output"
}

# dns CLIENT PORT NAME ADDRESS: a question to 10.9.0.53 (fd02::53) for the address, and its answer
dns() {
    local server=10.9.0.53 type=0001 length=0004 name label address
    for label in ${3//./ }; do name+=$(printf '%02x' ${#label})$(printf %s "$label" | od -An -tx1 | tr -d ' \n'); done
    [[ $4 != *:* ]] || server=fd02::53 type=001c length=0010
    address=$(python3 -c 'import ipaddress, sys; print(ipaddress.ip_address(sys.argv[1]).packed.hex())' "$4")
    echo "0.0 udp $1 $2 $server 53 - 0007 0100 0001 0000 0000 0000 ${name}00 $type 0001"
    echo "0.1 udp $server 53 $1 $2 - 0007 8180 0001 0001 0000 0000 ${name}00 $type 0001 c00c $type 0001 0000003c $length $address"
}

@test "what DNS has told leads the first packet, and gives a hidden name" {
    local hello
    # a ClientHello with Encrypted Client Hello under cloudflare-ech.com, from a client that says its name, and of neither
    hello=$(grep -m 1 'host=cloudflare-ech.com alpn=h2 ech=yes' "$BATS_TEST_DIRNAME/../classifiers/tls.t" | cut -d'|' -f3)
    mkdir dns
    { cat rules/10.rules; echo 'host hidden.vpn.test via vpn; option dns on'; } >dns/10.rules
    for client in 10.0.0.2 fd01::2; do
        [ $client = 10.0.0.2 ] && server=10.9.0.1 || server=fd02::1
        tcp "$client" 40000 "$server" 443 "$hello"
        dns "$client" 5000 Hidden.VPN.test "$server" | sed 's/^0/1/'
        tcp "$client" 40001 "$server" 443 "$hello" | sed 's/^0/2/'
        tcp "$client" 40002 "$server" 9998 0102030405 | sed 's/^0/3/'
        # a second name at the address, which the rules do not know
        dns "$client" 5001 other.test "$server" | sed 's/^0/4/'
        tcp "$client" 40003 "$server" 443 "$hello" | sed 's/^0/5/'
    done | sort -s -n | "$CAPTURE" >a.pcap
    run said 'select(.proto == "tcp") | [.sport, .host, .host_from, .verdict, .gateway, .decided_packet, .late, .learned]' -r dns a.pcap
    for line in '[40000,"cloudflare-ech.com","payload","main",null,4,null,null]' \
        '[40001,"hidden.vpn.test","dns","via","vpn",4,null,"DNS"]' '[40002,"hidden.vpn.test","dns","via","vpn",6,null,"DNS"]' \
        '[40003,"cloudflare-ech.com","payload","main",null,4,null,null]'; do
        [ "$(grep -cxF "$line" <<<"$output")" = 2 ] || { echo "$line in: $output"; return 1; }
    done
    run "$NFQROUTE" explain -r dns a.pcap
    [[ $output == *"via vpn, learned from DNS "*"hidden.vpn.test (by DNS)"* ]]
}

@test "JSON has exactly the keys it should, null where nothing is known" {
    tcp 10.0.0.2 40000 10.9.0.1 80 0102030405 | "$CAPTURE" >a.pcap
    run said 'keys_unsorted | join(" ")' -r rules a.pcap
    [ "$output" = '"file flow src sport dst dport proto app host host_from alpn verdict gateway mark rule decided_packet late learned"' ]
    run said '[.file, .flow, .sport, .dst, .proto, .app, .host, .alpn, .verdict, .gateway, .rule]' -r rules a.pcap
    [ "$output" = '["a.pcap",1,40000,"10.9.0.1","tcp",null,null,null,"main",null,null]' ]
}

@test "without rules it only shows what it saw" {
    tcp 10.0.0.2 40000 10.9.0.1 2222 "$C0C1" | "$CAPTURE" >a.pcap
    run said '[.app, .verdict, .gateway, .mark, .rule]' a.pcap
    [ "$output" = '["rtmp",null,null,null,null]' ]
    run "$NFQROUTE" explain a.pcap
    [ "$status" = 0 ]
    [[ $output == *FLOW*PROTO*FROM*TO*PKT*APP*HOST* ]]
    [[ $output == *"10.0.0.2:40000"*"10.9.0.1:2222"*rtmp* ]]
    [[ $output != *VERDICT* ]]
}

@test "the table shows verdict and rule" {
    { tcp 10.0.0.2 40000 10.9.0.1 1935 00; echo "9 udp fd01::2 1 fd09::1 2 - 00"; } | "$CAPTURE" >a.pcap
    run "$NFQROUTE" explain -r rules a.pcap
    [ "$status" = 0 ]
    [[ ${lines[0]} == *VERDICT*RULE* ]]
    [[ ${lines[1]} == *"via vpn"*rules/10.rules:5* ]]
    [[ ${lines[2]} == *"[fd01::2]:1"*"via lte"*rules/10.rules:7* ]]
    [ "${lines[3]}" = "7 frames, 2 flows" ]
}

@test "names off the wire align the table and drive no terminal" {
    local name port=40000
    for name in 736d616c c3bcc3bc c29b6d; do
        echo "0.0 udp 10.0.0.2 $((port++)) 10.9.0.1 5355 - 0001 0000 0001 0000 0000 0000 0$((${#name} / 2)) $name 00 0001 0001"
    done | "$CAPTURE" >a.pcap
    LC_ALL=C.UTF-8 run "$NFQROUTE" explain a.pcap
    python3 -c '
import sys
text = sys.argv[1]
rows = text.split("\n")[:4]
assert [r.split()[-2] for r in rows] == ["HOST", "smal", "\u00fc\u00fc", "\\xc2\\x9bm"], rows
assert len({len(r) for r in rows[1:]}) == 1 and len(rows[0]) == len(rows[1]) + 3, rows # ALPN, and "-"
assert not [c for c in text if ord(c) < 32 and c != "\n" or 0x7f <= ord(c) < 0xa0]' "$output"
}

@test "all link layers and both file formats say the same, from a file and from standard input" {
    local link format
    for link in ethernet vlan qinq raw null sll sll2; do
        for format in '' --pcapng; do
            { tcp 10.0.0.2 40000 10.9.0.1 2222 "$C0C1"; tcp fd01::2 40000 fd02::1 1935 00; } |
                "$CAPTURE" --link $link $format >a.pcap
            run said "$brief" -r rules a.pcap
            [ "${lines[0]}" = '["10.0.0.2",2222,"via","vpn","0x9","rules/10.rules:6",4]' ]
            [ "${lines[1]}" = '["fd01::2",1935,"via","vpn","0x9","rules/10.rules:5",1]' ]
        done
    done
    run said '[.file, .dport]' - <a.pcap
    [ "${lines[0]}" = '["-",2222]' ]
}

@test "what a queue never sees is in no flow, and is counted" {
    tcp 10.0.0.2 40000 10.9.0.1 1935 00 | "$CAPTURE" --link pppoe >a.pcap
    run "$NFQROUTE" explain a.pcap
    [ "$status" = 0 ]
    [ "$output" = "6 frames, 0 flows, 6 not IP" ]
    echo "0 icmp 10.0.0.2 3 10.9.0.1 0 -" | "$CAPTURE" >a.pcap
    run "$NFQROUTE" explain a.pcap
    [ "$output" = "1 frames, 0 flows, 1 ICMP errors" ]
}

@test "fragments are put together, over both families" {
    local data
    data=$(printf 'ab%.0s' {1..600})
    printf '%s\n' "0 udp 10.0.0.2 5 10.9.0.1 9999 - $data" "1 udp fd01::2 5 fd02::1 9999 - $data" |
        "$CAPTURE" --fragment 256 >a.pcap
    run said '[.src, .sport, .verdict, .decided_packet]' -r rules a.pcap
    [ "${lines[0]}" = '["10.0.0.2",5,"reject",1]' ]
    [ "${lines[1]}" = '["fd01::2",5,"reject",1]' ]
}

@test "the initiator is the source of the SYN, also when the SYN-ACK comes first" {
    tcp 10.0.0.2 40000 10.9.0.1 1935 00 | sed 1d | "$CAPTURE" >a.pcap
    run said '[.src, .dport]' a.pcap
    [ "$output" = '["10.0.0.2",1935]' ]
}

@test "a connection from before the daemon stays with main" {
    tcp 10.0.0.2 40000 10.9.0.1 1935 00 | sed 1,3d | "$CAPTURE" >a.pcap
    run said "$brief" -r rules a.pcap
    [[ $output == '["10.0.0.2",1935,"main",null,'*',null,1]' ]]
}

@test "a UDP tuple after a long pause, and a TCP tuple after its end, are new connections" {
    printf '%s\n' "0 udp 10.0.0.2 5 10.9.0.1 6 - 00" "29 udp 10.0.0.2 5 10.9.0.1 6 - 00" \
        "60 udp 10.0.0.2 5 10.9.0.1 6 - 00" "61 tcp 10.0.0.2 5 10.9.0.1 6 S" "61 tcp 10.9.0.1 6 10.0.0.2 5 RA" \
        "62 tcp 10.0.0.2 5 10.9.0.1 6 S" | "$CAPTURE" >a.pcap
    run said '.flow' a.pcap
    [ "${#lines[@]}" = 4 ]
}

@test "--user and --iif say what a capture cannot know" {
    tcp 10.0.0.2 40000 10.9.0.1 80 00 | "$CAPTURE" >a.pcap
    run said '[.verdict, .gateway, .rule]' -r rules --user 1000 a.pcap
    [ "$output" = '["via","lte","rules/10.rules:3"]' ]
    run said '[.verdict, .gateway, .rule]' -r rules --iif br-guest a.pcap
    [ "$output" = '["drop",null,"rules/10.rules:4"]' ]
    run "$NFQROUTE" explain -r rules --user nobody-of-this-name a.pcap
    [ "$status" = 1 ]
    [[ $output == *"no user 'nobody-of-this-name'"* ]]
    run "$NFQROUTE" explain -r rules --iif a-name-that-is-too-long a.pcap
    [ "$status" = 2 ]
}

@test "several files: flows are numbered in each, and one that is damaged does not hide the others" {
    tcp 10.0.0.2 40000 10.9.0.1 1935 00 | "$CAPTURE" >a.pcap
    head -c 150 a.pcap >cut.pcap
    run said '[.file, .flow]' a.pcap missing.pcap a.pcap
    [ "$(grep -c '\["a.pcap",1\]' <<<"$output")" = 2 ]
    run "$NFQROUTE" explain cut.pcap a.pcap
    [ "$status" = 1 ]
    [[ $output == *"cut.pcap: damaged behind frame 1"* ]]
    [ "$(grep -c 10.0.0.2:40000 <<<"$output")" = 2 ]
}

@test "what is no capture, is empty, missing or of another link type is an error" {
    echo hello >text
    : >empty
    tcp 10.0.0.2 40000 10.9.0.1 1935 00 | "$CAPTURE" --link wlan >wlan.pcap
    for file in text empty missing .; do
        run "$NFQROUTE" explain $file
        [ "$status" = 1 ]
        [[ $output == "nfqroute explain: $file: "* ]]
    done
    run "$NFQROUTE" explain wlan.pcap
    [ "$status" = 1 ]
    [[ $output == *"link type IEEE802_11 are not understood"* ]]
}

@test "rules with an error are told, and nothing is explained" {
    tcp 10.0.0.2 40000 10.9.0.1 1935 00 | "$CAPTURE" >a.pcap
    echo "tcp dprot 80 via vpn" >rules/20.rules
    run "$NFQROUTE" explain -r rules a.pcap
    [ "$status" = 1 ]
    [[ $output == *rules/20.rules:1:5:*dport* ]]
    [[ $output != *FLOW* ]]
}

@test "errors in rules are coloured on a terminal alone, and not with NO_COLOR, by every command that reads rules" {
    echo "tcp dprot 80 via vpn" >rules/20.rules
    for command in "check rules" "explain -r rules a.pcap" "hooks -r rules" "-q 0 -r rules" "release -r rules -s none"; do
        NO_COLOR='' TERM=xterm run script -qc "$NFQROUTE $command" /dev/null
        [[ $output == *$'\e['*dprot* ]]
        NO_COLOR=1 TERM=xterm run script -qc "$NFQROUTE $command" /dev/null
        [[ $output == *dprot* && $output != *$'\e['* ]]
        NO_COLOR='' TERM=xterm run bash -c "$NFQROUTE $command"
        [[ $output == *dprot* && $output != *$'\e['* ]]
    done
}

@test "output that cannot be written is an error" {
    [ -e /dev/full ] || skip "there is no /dev/full"
    tcp 10.0.0.2 40000 10.9.0.1 1935 00 | "$CAPTURE" >a.pcap
    run bash -c "'$NFQROUTE' explain --json a.pcap >/dev/full"
    [ "$status" = 1 ]
    [[ $output == *"No space left"* ]]
}

@test "explain survives every capture of the corpus" {
    [ -e "$CORPUS/manifest.tsv" ] || skip "no captures in $CORPUS"
    run "$BATS_TEST_DIRNAME/../corpus/compare.py" --program "$NFQROUTE" --robust "$CORPUS"
    [ "$status" = 0 ]
    [[ $output == *"no crash"* ]]
}

@test "the program: overview, help, version, unknown commands, exit codes" {
    run "$NFQROUTE"
    [ "$status" = 2 ]
    run "$NFQROUTE" --help
    [ "$status" = 0 ]
    [[ $output == *Usage:*explain*list*help* ]]
    for word in check explain list run help version; do
        run "$NFQROUTE" help $word
        [ "$status" = 0 ]
        [[ $output == "Usage: nfqroute $word"* ]]
        run "$NFQROUTE" $word --help
        [ "$status" = 0 ]
    done
    run "$NFQROUTE" --version
    [[ $output =~ ^nfqroute\ [0-9]+\.[0-9]+ ]]
    run "$NFQROUTE" explian
    [ "$status" = 2 ]
    [[ $output == *"did you mean 'explain'?"* ]]
    run "$NFQROUTE" explain
    [ "$status" = 2 ]
    run "$NFQROUTE" explain --rulez x a.pcap
    [ "$status" = 2 ]
    [[ $output == *"unknown option '--rulez'"* ]]
}

@test "options that are wrong are called by their own names; --help may stand behind others" {
    for command in "check -xy" "check --json -xy" "doctor -xr" "explain -xr rules" "flows -xs y" "hooks -xq 0" "import -xy" \
        "list -xj apps" "release -xs y" "top -bx" "run -vx" "-xq 0"; do
        # shellcheck disable=SC2086 # words
        run "$NFQROUTE" $command
        [ "$status" = 2 ]
        [[ $output == *"unknown option '-x'"* ]]
    done
    run "$NFQROUTE" check --json=yes rules
    [ "$status" = 2 ]
    [[ $output == *"unknown option '--json=yes'"* ]]
    run "$NFQROUTE" explain --rules
    [ "$status" = 2 ]
    [[ $output == *"'--rules' needs a value"* ]]
    run "$NFQROUTE" top -bd
    [ "$status" = 2 ]
    [[ $output == *"'-d' needs a value"* ]]
    for command in "flows gateway vpn --help" "-q 0 --help" "check -r rules -h"; do
        # shellcheck disable=SC2086 # words
        run "$NFQROUTE" $command
        [ "$status" = 0 ]
        [[ $output == "Usage: nfqroute "* ]]
    done
}

@test "the page of all apps is what the program says of itself: make apps" {
    "$BATS_TEST_DIRNAME/../../docs/apps" "$NFQROUTE" | diff -u "$BATS_TEST_DIRNAME/../../docs/APPS.md" -
}

@test "list apps, what a gateway can have, keywords and options, for people and for scripts" {
    run "$NFQROUTE" list apps
    [ "$status" = 0 ]
    [[ ${lines[0]} == name*what*decided*source* ]]
    [[ $output == *$'\ntls '* ]]
    run bash -c "'$NFQROUTE' list --json apps | jq -r '.[] | select(.name == \"tls\") | .source'"
    [[ $output == *"RFC 8446"* ]]
    run bash -c "'$NFQROUTE' list --json keywords | jq -r '.[].name'"
    [[ $output == *dport* ]]
    run bash -c "'$NFQROUTE' list --json options | jq -c '.[] | select(.name == \"budget-time\") | [.default, .range]'"
    [ "$output" = '["5s","1ms to 10m"]' ]
    run bash -c "'$NFQROUTE' list --json gateway | jq -c '.[] | select(.name == \"masquerade\") | .value'"
    [ "$output" = '"yes or no"' ]
    run "$NFQROUTE" list nothing
    [ "$status" = 2 ]
    run "$NFQROUTE" list
    [ "$status" = 2 ]
}

@test "list fits the width that $COLUMNS or the terminal has: nothing is lost, texts go on below" {
    for word in apps gateway keywords options; do
        run env COLUMNS=64 "$NFQROUTE" list $word
        [ "$status" = 0 ]
        [ -z "$(awk 'length > 64 || / $/' <<<"$output")" ]
        [ "$(tr -d ' \n' <<<"$output" | fold -w1 | sort | tr -d '\n')" = "$("$NFQROUTE" list $word | tr -d ' \n' | fold -w1 | sort | tr -d '\n')" ]
    done
}

@test "every default that list prints is what its option line takes, and what the manual says" {
    run "$NFQROUTE" list --json options
    [ "$status" = 0 ]
    jq -r '.[] | [.name, .default] | @tsv' <<<"$output" >"$BATS_TEST_TMPDIR/options"
    [ -s "$BATS_TEST_TMPDIR/options" ]
    while read -r name default; do
        echo "option $name $default" >>"$BATS_TEST_TMPDIR/all.rules"
        grep -F "*$name*" "$BATS_TEST_DIRNAME/../../docs/nfqroute.rules.5.scd" | grep -F "($default)"
    done <"$BATS_TEST_TMPDIR/options"
    run "$NFQROUTE" check "$BATS_TEST_TMPDIR/all.rules"
    echo "$output"
    [ "$status" = 0 ]
}
