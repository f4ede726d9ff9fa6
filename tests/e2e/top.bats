# SPDX-License-Identifier: GPL-2.0-or-later
#
# top.bats - what goes by what just now: figures for scripts, and a screen for people; watch on the same terminal

# shellcheck disable=SC2016 # conditions to wait for are expanded each time
load ../lib/netns
load ../lib/paths
load ../lib/screen

NFQROUTE=${NFQROUTE:-build/nfqroute}
TOOLS=$(dirname "$NFQROUTE")/tests/e2e
SERVERS=("$PATHS_SERVER4" "$PATHS_SERVER6")

setup_file() {
    need_for_file xt-queue conntrack jq tmux || return 0
    netns_begin
    paths_begin router
    netns_serve server 7 8
    start
}

start() {
    paths_daemon 'tcp dport 7 via vpn' 'udp dport 7 via vpn'
    export PATHS_DAEMON
}

setup() { netns_file; }
teardown() {
    [ ! -S "$NETNS_DIR/tmux" ] || { [ -n "$BATS_TEST_COMPLETED" ] || screen_shown | grep .; screen_end; }
    [ -n "$BATS_TEST_COMPLETED" ] || tail -n 10 "$NETNS_DIR/nfqroute.log"
}
teardown_file() { netns_end; }

ask() { netns_exec router "$NFQROUTE" "$@"; }
peer() { netns_exec client "$TOOLS/tool_peer" "$@"; }

# talk: a connection of each kind over both families, 100,000 bytes twice each way of the first
talk() {
    for server in "${SERVERS[@]}"; do
        peer tcp "$server" 7 100000 2
        peer udp "$server" 7 1000 2
        peer tcp "$server" 8 1000 2
    done
}

# sums LOG KIND NAME: "decided bytes_sent", of all intervals so far
sums() {
    jq -sc --arg kind "$2" --argjson name "$3" \
        '[.[][$kind][] | select(.name == $name)] | [([.[].decided] | add), ([.[].bytes_sent] | add)]' "$NETNS_DIR/$1"
}

# --- for scripts ------------------------------------------------------------------------------------------------

@test "each decision and byte is in one interval, by rule, gateway, client and app; filtered" {
    netns_spawn router all.log "$NFQROUTE" top --json -d 0.2
    all=$NETNS_PID
    netns_spawn router six.log "$NFQROUTE" top --json -d 0.2 client fd01::/64 gateway vpn
    six=$NETNS_PID
    netns_wait 15 test -s "$NETNS_DIR/all.log" -a -s "$NETNS_DIR/six.log"
    talk
    decided() { [ "$(jq -s '[.[].all.decided] | add' "$NETNS_DIR/$1")" = "$2" ]; }
    netns_wait 15 decided all.log 6
    netns_wait 15 decided six.log 2
    rules=$NETNS_DIR/rules.d/10.rules
    carried() { jq -e ".[1] > $4" <<<"$(sums "$1" "$2" "$3")"; }
    netns_wait 15 carried all.log rule "\"$rules:2\"" 400000
    # datagrams that an interval ends between them and their decision are no rule's
    netns_wait 15 carried all.log rule "\"$rules:3\"" 2000
    netns_wait 15 carried all.log rule null 4000
    netns_wait 15 carried six.log gateway '"vpn"' 200000
    kill "$all" "$six"
    netns_wait 15 netns_ended "$all"
    netns_wait 15 netns_ended "$six"
    jq -e '.[0] == 2 and .[1] > 400000' <<<"$(sums all.log rule "\"$rules:2\"")"
    jq -e '.[0] == 2 and .[1] > 2000 and .[1] < 20000' <<<"$(sums all.log rule "\"$rules:3\"")"
    jq -e '.[0] == 2 and .[1] > 4000 and .[1] < 20000' <<<"$(sums all.log rule null)"
    jq -e '.[0] == 4 and .[1] > 400000' <<<"$(sums all.log gateway '"vpn"')"
    jq -e '.[0] == 2' <<<"$(sums all.log gateway '"main"')"
    jq -e '.[0] == 3 and .[1] > 200000' <<<"$(sums all.log client '"fd01::2"')"
    jq -e '.[0] == 3 and .[1] > 200000' <<<"$(sums all.log client '"10.1.0.2"')"
    # the filter lets nothing else through
    jq -se '[.[] | (.client + .gateway)[].name] | unique == ["fd01::2", "vpn"]' "$NETNS_DIR/six.log"
    jq -se '[.[] | .seconds > 0.1 and .lost == 0 and .more.rule == 0] | all' "$NETNS_DIR/all.log"
}

@test "batch: so many times, aligned, within the width; wrong words are told" {
    talk
    run ask top --batch -n 2 -d 0.2 --by gateway --sort name
    [ "$status" = 0 ]
    [ "$(grep -c '^connections [0-9]*, new [0-9.]*/s, sent ' <<<"$output")" = 2 ]
    [ "$(grep -cx 'GATEWAY v  CONNS  NEW/S  SENT/S  RECEIVED/S  TOTAL/S' <<<"$output")" = 2 ]
    [ "$(grep -Eo '^(main|vpn) ' <<<"$output" | paste -sd,)" = 'main ,vpn ,main ,vpn ' ]
    [[ $output != *$'\e'* ]]
    [ "$(COLUMNS=60 ask top -n 1 -d 0.2 | tail -n +2 | awk '{ print length }' | sort -n | tail -n 1)" -le 60 ]
    run ask top --by colour
    [ "$status" = 2 ]
    [[ $output == *"expected one of rule, gateway, host, client, app"* ]]
    run ask top -n 0
    [ "$status" = 2 ]
    run ask top client nonsense
    [ "$status" = 1 ]
    [[ $output == *'is neither an address nor a prefix'* ]]
    run ask top -s "$NETNS_DIR/nobody.sock"
    [ "$status" = 3 ]
}

@test "more rows than are told: how many is" {
    # 1100 clients, each with a datagram that nobody answers
    netns_exec client python3 -c '
import socket
for i in range(1100):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_IP, 19, 1)  # IP_TRANSPARENT: from any address
    s.bind((f"10.1.{1 + i // 250}.{1 + i % 250}", 0))
    s.sendto(b"x", ("10.9.0.1", 9))'
    shown() { ask top --batch -n 1 -d 0.2 --by client | grep -Ex 'and 1[0-9][0-9] more, which have carried less'; }
    netns_wait 20 shown
    ask top --json -n 1 -d 0.2 | jq -e '(.client | length) == 1000 and .more.client >= 100'
    netns_exec router conntrack -D -p udp --dport 9 >/dev/null 2>&1
}

@test "who does not read loses intervals, who goes is forgotten, and no packet waits for either" {
    python3 - "$NFQROUTE_SOCKET" <<'EOF'
import json, socket, sys
def top(**arguments):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(10)
    s.connect(sys.argv[1])
    s.sendall(json.dumps({"verb": "top", "interval": 200, **arguments}).encode() + b"\n")
    return s
idle = [top() for _ in range(5)]
for _ in range(20):
    top().close()
s = top()
for _ in range(3):
    assert json.loads(s.makefile().readline())["event"]["all"]
assert json.loads(top(interval=1).makefile().readline())["error"]["code"] == "bad-argument"
assert json.loads(top(limit=0).makefile().readline())["error"]["code"] == "bad-argument"
EOF
    talk
    netns_wait 15 eval '[ "$(netns_exec router ss -Hxn "src = $NFQROUTE_SOCKET" | wc -l)" = 0 ]'
    ask status --json | jq -e '[.queues[] | .dropped_full + .dropped_unread + .passed_by] | add == 0'
}

# --- on a terminal ----------------------------------------------------------------------------------------------

# run_top: in the screen's shell
run_top() {
    screen_type "clear; was=\$(stty -g); sh -c 'echo \$\$ >$NETNS_DIR/top.pid; exec $NFQROUTE top -d 0.2'" Enter
    screen_wait '^nfqroute top - [0-9:]*, by '
    screen_wait '^connections '
}

# top_ended STATUS: the shell is there again and says so, and the terminal is as it was
top_ended() {
    screen_wait '^ready>'
    screen_type 'echo "status $?, $([ "$was" = "$(stty -g)" ] && echo as it was)"' Enter
    screen_wait "^status $1, as it was\$"
}

# documented LINE: the screen that docs/CONTROL.md shows has it; blanks are as many as it takes
documented() {
    [ -n "$1" ]
    tr -s ' ' <"$BATS_TEST_DIRNAME/../../docs/CONTROL.md" | sed 's/^ //' | grep -qxF -- "$(tr -s ' ' <<<"$1")"
}

@test "the screen: 80x24, keys, another size, held; q gives the terminal back" {
    talk
    screen_begin router
    run_top
    screen_wait '^RULE +CONNS +NEW/S +SENT/S +RECEIVED/S +TOTAL/S v'
    screen_wait '^10.rules:2 '
    screen_shown | tee "$NETNS_DIR/screen"
    documented "$(screen_shown | grep '^RULE ')"
    documented "$(screen_shown | tail -n 1)"
    [ "$(screen_shown | awk '{ print length }' | sort -n | tail -n 1)" -le 80 ]
    [[ $(screen_shown | tail -n 1) == 'q quit  '* ]]
    screen_type g
    screen_wait '^GATEWAY +CONNS'
    documented "$(screen_shown | grep '^GATEWAY ')"
    screen_wait '^vpn +[1-9]'
    screen_type c
    screen_wait '^fd01::2 '
    screen_type h
    screen_wait '^\(no name\) '
    screen_type Tab
    screen_wait '^CLIENT '
    screen_type '<' # to the left: received
    screen_wait ' RECEIVED/S v'
    screen_type R
    screen_wait ' RECEIVED/S \^'
    screen_type Space
    screen_wait 'reversed, held$'
    screen_size 56 10
    screen_wait '^q quit  '
    netns_wait 15 eval '[ "$(screen_shown | wc -l)" = 10 ] && [[ $(screen_shown | tail -n 1) == "q quit"* ]]'
    [ "$(screen_shown | awk '{ print length }' | sort -n | tail -n 1)" -le 56 ]
    screen_size 100 30
    netns_wait 15 eval '[[ $(screen_shown | tail -n 1) == "q quit"* ]]'
    screen_type q
    top_ended 0
    if screen_shows 'by client'; then false; fi # the shell's screen is there again
}

@test "signals, the end of the terminal and of the daemon leave the terminal as it was" {
    screen_begin router
    for signal in INT TERM HUP; do
        run_top
        kill -s $signal "$(cat "$NETNS_DIR/top.pid")"
        top_ended $((128 + $(kill -l $signal)))
    done
    run_top
    screen_type C-c
    top_ended 130
    run_top
    netns_stop "$PATHS_DAEMON"
    screen_wait 'nfqroute top: the daemon has ended the connection'
    top_ended 1
    start
    run_top
    pid=$(cat "$NETNS_DIR/top.pid")
    screen_end
    netns_wait 15 netns_ended "$pid"
}

@test "watch on a terminal: a line for each decision, in colour" {
    screen_begin router 120 24
    screen_type "clear; $NFQROUTE watch" Enter
    netns_wait 15 eval '[ "$(netns_exec router ss -Hxn "src = $NFQROUTE_SOCKET" | wc -l)" -ge 1 ]'
    talk
    screen_wait '^[0-9:.]{12} tcp \[fd01::2\]:[0-9]+ -> \[fd09::1\]:8 main \(no rule matched, packet 1\)$'
    screen_wait '^[0-9:.]{12} tcp 10.1.0.2:[0-9]+ -> 10.9.0.1:7 via vpn \(10.rules:2, packet 1\)$'
    screen_tmux capture-pane -pe | grep -q $'\e\[32mvia vpn'
    screen_type C-c
    screen_wait 'ready>$'
}
