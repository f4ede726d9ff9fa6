# SPDX-License-Identifier: GPL-2.0-or-later
#
# log.bats - what is written of decisions, where, and what is not: the log, the journal, the file of decisions

# shellcheck disable=SC2016 # conditions to wait for are expanded each time
load ../lib/netns
load ../lib/paths

NFQROUTE=${NFQROUTE:-build/nfqroute}
SERVERS=("$PATHS_SERVER4" "[$PATHS_SERVER6]")

setup_file() {
    need_for_file xt-queue conntrack jq curl python3 || return 0
    netns_begin
    paths_begin router
    netns_spawn server web.log python3 -m http.server 80 --bind ::
    netns_wait 15 netns_listens server tcp 80
    mkdir "$NETNS_DIR/rules.d"
}

setup() { netns_file; }
teardown() {
    [ -n "$BATS_TEST_COMPLETED" ] || tail -n 20 "$NETNS_DIR/nfqroute.log"
    [ -z "$DAEMON" ] || netns_stop "$DAEMON"
    rm -f "$NETNS_DIR/nfqroute.log"
}
teardown_file() { netns_end; }

rules() {
    printf '%s\n' 'gateway vpn { address 10.22.0.1; address fd22::1; mark 0x9 }' 'option learned off' "$@" >"$NETNS_DIR/rules.d/10.rules"
}

# run_daemon [WORD...]: the words come before the command
run_daemon() {
    netns_spawn router nfqroute.log "$@" "$NFQROUTE" -q 0 -r "$NETNS_DIR/rules.d"
    DAEMON=$NETNS_PID
    netns_wait 20 netns_exec router "$NFQROUTE" status
}

reload() { netns_exec router "$NFQROUTE" reload; }

# get NAME...: a request that says this name, over both families
get() {
    local name server
    for name; do
        for server in "${SERVERS[@]}"; do
            netns_exec client curl -sS --max-time 10 -o /dev/null -H "Host: $name" "http://$server/"
        done
    done
}

# written FILTER: lines of the file of decisions that it selects
written() { jq -c "select(.dport == 80) | select($1)" "$FILE" | wc -l; }
# of_files FILE...: requests in all of them
of_files() { cat "$@" | jq -c 'select(.dport == 80)' | wc -l; }
has_written() { [ "$(written "$1")" = "$2" ]; }

# --- the log ----------------------------------------------------------------------------------------------------

@test "what a rule says log of is logged, with names and addresses only as option privacy says" {
    rules 'host a.vpn.test log via vpn' 'host b.vpn.test via vpn'
    run_daemon
    get a.vpn.test b.vpn.test
    netns_wait 15 eval '[ "$(grep -c "10.rules:3 via vpn" "$NETNS_DIR/nfqroute.log")" = 2 ]'
    if netns_logged nfqroute.log 'vpn\.test|10.rules:4'; then false; fi
    netns_logged nfqroute.log '^nfqroute: tcp 10.1.0.2:[0-9]+ -> 10.9.0.1:80 app http: '
    rules 'host a.vpn.test log via vpn' 'option privacy off'
    reload
    get a.vpn.test
    netns_wait 15 eval '[ "$(grep -c "app http host a.vpn.test: .*10.rules:3 via vpn" "$NETNS_DIR/nfqroute.log")" = 2 ]'
    rules 'host a.vpn.test log via vpn' 'option privacy full'
    reload
    get a.vpn.test
    netns_wait 15 eval '[ "$(grep -c "^nfqroute: tcp \*:[0-9]* -> \*:80 app http: .*10.rules:3 via vpn" "$NETNS_DIR/nfqroute.log")" = 2 ]'
    rules 'option privacy nmes'
    run reload
    [ "$status" = 1 ]
    [[ $output == *"unknown privacy 'nmes'"*"did you mean 'names'?"* ]]
}

@test "a flood of messages is cut, and how many were not told is" {
    rules 'udp log via vpn'
    run_daemon
    netns_exec client python3 - <<'EOF'
import socket
for address, family in ("10.9.0.1", socket.AF_INET), ("fd09::1", socket.AF_INET6):
    s = [socket.socket(family, socket.SOCK_DGRAM) for _ in range(4)]
    for port in range(20000, 20500):
        for one in s:
            one.sendto(b"x", (address, port))
EOF
    decided() { netns_exec router "$NFQROUTE" status --json | jq -e '[.rules[].hits] | add >= 1500'; }
    netns_wait 20 decided
    netns_stop "$DAEMON"
    # of one level 1,000 in 10 seconds; a slow machine may take longer
    told=$(grep -c '^nfqroute: udp ' "$NETNS_DIR/nfqroute.log")
    suppressed=$(sed -n 's/^nfqroute: \([0-9]*\) messages suppressed, .*/\1/p' "$NETNS_DIR/nfqroute.log" | awk '{ n += $1 } END { print n + 0 }')
    echo "told $told suppressed $suppressed"
    [ "$suppressed" -ge 1 ]
    [ $((told + suppressed)) -ge 1500 ]
}

# --- the journal ------------------------------------------------------------------------------------------------

@test "a real journal gets fields to choose by, and no name unless asked" {
    need /lib/systemd/systemd-journald journalctl systemd-cat
    rules 'host a.vpn.test log via vpn'
    # one of its own, on directories that nobody else sees; `ip netns exec` would hide the control groups, which it needs
    unshare --mount sh -c 'mkdir -p /run/systemd && mount -t tmpfs run /run/systemd && mkdir -p /run/systemd/journal /run/log/journal &&
        mount -t tmpfs log /run/log/journal && exec /lib/systemd/systemd-journald' >"$NETNS_DIR/journald.log" 2>&1 </dev/null 3>&- 4>&- &
    journald=$!
    echo "$journald $(netns_started $journald)" >>"$NETNS_DIR/pids"
    inside() { nsenter --mount="/proc/$journald/ns/mnt" "$@"; }
    netns_wait 10 inside test -S /run/systemd/journal/stdout || skip "systemd-journald does not run here"
    run_daemon nsenter --mount="/proc/$journald/ns/mnt" systemd-cat -t nfqroute \
        sh -c 'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$@"' sh # as systemd does for a service
    journal() { inside journalctl -D /run/log/journal -o json --no-pager -q "$@"; }
    logged() { journal GATEWAY=vpn | jq -se 'length == 2'; }
    get a.vpn.test
    netns_wait 15 logged || { journal | tail -n 5; false; }
    journal GATEWAY=vpn CLIENT=10.1.0.2 | jq -e --arg rule "$NETNS_DIR/rules.d/10.rules:3" '.RULE == $rule and .VERDICT == "via" and .APP == "http" and
        .HOST == null and .PRIORITY == "6" and .SYSLOG_IDENTIFIER == "nfqroute" and (.MESSAGE | startswith("tcp 10.1.0.2:"))'
    journal | jq -se 'map(select(.MESSAGE | strings | startswith("ready: "))) | length == 1 and .[0].PRIORITY == "5"'
    rules 'host a.vpn.test log via vpn' 'option privacy off'
    reload
    get a.vpn.test
    named() { journal HOST=a.vpn.test | jq -se 'length == 2'; }
    netns_wait 15 named
}

# --- the file of decisions --------------------------------------------------------------------------------------

@test "the file of decisions: each once, whole, private; opened anew by a reload, complete at the end" {
    FILE=$NETNS_DIR/decisions.json
    rules 'host a.vpn.test via vpn' "option decisions $FILE"
    run_daemon
    get a.vpn.test b.isp.test
    netns_wait 15 has_written '.app == "http"' 4
    [ "$(stat -c %a "$FILE")" = 640 ]
    jq -se 'map(select(.gateway == "vpn" and .dport == 80 and .verdict == "via" and .decided_packet > 1)) | length == 2' "$FILE"
    jq -se 'map(select(.dport == 80)) | all(.host == null) and (map(.src) | unique == ["10.1.0.2", "fd01::2"])' "$FILE"
    # as logrotate does it
    mv "$FILE" "$FILE.1"
    get a.vpn.test
    netns_wait 15 eval '[ "$(of_files "$FILE.1")" = 6 ]'
    reload
    get a.vpn.test
    netns_wait 15 has_written true 2
    rules 'host a.vpn.test via vpn' "option decisions $FILE" 'option privacy off'
    reload
    get a.vpn.test
    netns_wait 15 has_written '.host == "a.vpn.test"' 2
    rules 'host a.vpn.test via vpn' "option decisions $FILE" 'option privacy full'
    reload
    get a.vpn.test
    netns_wait 15 has_written '.src == null and .dst == null and .host == null' 2
    # what was decided just before the end, and into another file
    rules 'host a.vpn.test via vpn' "option decisions $FILE.2"
    get b.isp.test
    reload
    get a.vpn.test
    netns_stop "$DAEMON"
    [ "$(of_files "$FILE" "$FILE.1" "$FILE.2")" = 16 ]
}

@test "a full disk: no decision is held up, what is written is whole, and what is missing is told" {
    FILE=$NETNS_DIR/full/decisions.json
    mkdir "$NETNS_DIR/full"
    mount -t tmpfs -o size=64k,mode=777 full "$NETNS_DIR/full"
    rules 'udp via vpn' "option decisions $FILE"
    run_daemon
    netns_exec client python3 - <<'EOF'
import socket
s = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(4)]
for port in range(20000, 20200):
    for one in s:
        one.sendto(b"x", ("10.9.0.1", port))
EOF
    netns_wait 15 netns_logged nfqroute.log "^nfqroute: warning: decisions cannot be written to $FILE: No space left on device"
    get a.vpn.test
    netns_exec router "$NFQROUTE" status --json | jq -e '[.queues[] | .dropped_full + .dropped_unread + .passed_by] | add == 0'
    jq -c . "$FILE" >"$NETNS_DIR/lines" # each line is whole
    mount -o remount,size=4m "$NETNS_DIR/full"
    get a.vpn.test
    netns_wait 15 netns_logged nfqroute.log 'decisions are written to .* again'
    # every decision is written or told to be lost
    all() {
        local decided
        decided=$(netns_exec router "$NFQROUTE" status --json | jq '[.decisions.verdicts[]] | add')
        jq -se --argjson decided "$decided" 'map(.lost // 1) | add == $decided and $decided > 400' "$FILE"
    }
    netns_wait 15 all
    jq -se 'map(.lost // 0) | add > 0' "$FILE"
    netns_stop "$DAEMON"
    umount "$NETNS_DIR/full"
}
