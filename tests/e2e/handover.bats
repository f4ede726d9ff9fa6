# SPDX-License-Identifier: GPL-2.0-or-later
#
# handover.bats - the daemon is restarted, and nothing that waits in its queues is lost: the sockets go on in the service manager's store

bats_require_minimum_version 1.5.0

load ../lib/netns
load ../lib/paths

TOOLS=$(dirname "${NFQROUTE:-build/nfqroute}")/tests/e2e
RULES=('udp dport 7 via vpn' 'tcp dport 7 via vpn')
SERVERS=("$PATHS_SERVER4" "$PATHS_SERVER6")

setup() {
    need xt-queue conntrack python3
    netns_begin
}

teardown() {
    [ -n "$BATS_TEST_COMPLETED" ] || tail -n 40 "$NETNS_DIR/nfqroute.log" "$NETNS_DIR/manager.log" || :
    netns_end
}

# world: two paths, an echo server behind both, and the daemon by a service manager
world() {
    paths_begin router
    netns_serve server 7
    mkdir -p "$NETNS_DIR/rules.d"
    printf '%s\n' 'gateway vpn { address 10.22.0.1; address fd22::1; mark 0x9; device vpn }' "${RULES[@]}" 'option learned off' \
        >"$NETNS_DIR/rules.d/10.rules"
    before=$(kernel)
    netns_spawn router manager.log "$BATS_TEST_DIRNAME/../lib/service-manager.py" sh -c \
        "exec $(realpath "${NFQROUTE:-build/nfqroute}") -q ${QUEUES-0} -r $NETNS_DIR/rules.d 2>>$NETNS_DIR/nfqroute.log"
    manager=$NETNS_PID
    netns_wait 20 said 1 ready
}

# said COUNT WORD...: the service manager has said this so often
said() {
    local count=$1
    shift
    [ "$(grep -c "^$*" "$NETNS_DIR/manager.log")" -ge "$count" ]
}

daemon() { awk '$1 == "started" { pid = $2 } END { print pid }' "$NETNS_DIR/manager.log"; }

# restart [SIGNAL]: the daemon, by the manager or by its end, until the next one is ready
restart() {
    local ready
    ready=$(grep -c '^ready' "$NETNS_DIR/manager.log")
    if [ $# = 0 ]; then kill -HUP "$manager"; else kill -s "$1" "$(daemon)"; fi
    netns_wait 20 said $((ready + 1)) ready
}

# kernel: what the router's kernel holds, ours or not, without counters
kernel() {
    netns_routing router
    netns_iptables router
    netns_exec router sysctl -n net.ipv4.conf.{isp,vpn}.rp_filter
    netns_exec router cat /proc/net/netfilter/nfnetlink_queue
}

# ends: the service is stopped, and nothing is left
ends() {
    kill "$manager"
    netns_wait 20 netns_ended "$manager"
    diff <(echo "$before") <(kernel)
}

# traffic MS: to both servers, a new connection every so many milliseconds
traffic() {
    local i
    for i in 0 1; do
        netns_spawn client "traffic$i.log" "$TOOLS/tool_traffic" "${SERVERS[i]}" 7 "$1"
        pids[i]=$NETNS_PID
    done
    for i in 0 1; do netns_wait 20 netns_logged "traffic$i.log" ready; done
}

# stops_whole: ends the traffic, of which nothing was lost; all of it has gone by vpn
stops_whole() {
    local i
    for i in 0 1; do
        kill "${pids[i]}"
        netns_wait 30 netns_ended "${pids[i]}"
        tail -n 1 "$NETNS_DIR/traffic$i.log" | sed "s/^/# /" >&3
        netns_logged "traffic$i.log" '^new [0-9]+ lost 0, lasting [0-9]+ lost 0$'
    done
    [ "$(netns_exec router conntrack -L -p udp --dport 7 2>/dev/null | grep -vc 'mark=9 ')" = 0 ]
}

# RESTARTS=N: more of them
@test "restarts under traffic: no packet is lost, and no connection misses its gateway" {
    world
    traffic 5
    for ((i = 0; i < ${RESTARTS-4}; i++)); do restart; done
    stops_whole
    [ "$(grep -c '^ready' "$NETNS_DIR/manager.log")" = $((${RESTARTS-4} + 1)) ]
    # the queue has never been bound anew
    # (libnftables in a child may stop on the sanitizer's own lock, and is asked again)
    if grep -v 'libnftables has not answered' "$NETNS_DIR/nfqroute.log" | grep -E 'error|warning'; then false; fi
    ends
}

@test "what waits while there is no daemon is judged by the next one" {
    world
    traffic 50
    # the next one begins late
    kill -STOP "$manager"
    kill -USR2 "$(daemon)"
    netns_wait 10 waiting 20
    # none has found the queue full, or nobody to take it
    [ "$(netns_queue_field router 0 6)$(netns_queue_field router 0 7)" = 00 ]
    kill -CONT "$manager"
    netns_wait 20 said 2 ready
    stops_whole
    ends
}

waiting() { [ "$(netns_queue_field router 0 3)" -ge "$1" ]; }

@test "killed under traffic, in two queues: the next one goes on with the queues, and nothing stays in them" {
    QUEUES=0:1 world
    traffic 20
    for _ in {1..3}; do restart KILL; done
    for i in 0 1; do
        kill "${pids[i]}"
        netns_wait 30 netns_ended "${pids[i]}"
    done
    # no connection has passed a queue that nobody serves
    [ "$(netns_exec router conntrack -L -p udp --dport 7 2>/dev/null | grep -vc 'mark=9 ')" = 0 ]
    netns_exec client "$TOOLS/tool_peer" tcp "$PATHS_SERVER4" 7 1000
    netns_exec client "$TOOLS/tool_peer" tcp "$PATHS_SERVER6" 7 1000
    for queue in 0 1; do [ "$(netns_queue_field router $queue 3)" = 0 ]; done
    ends
}

@test "the next one cannot start: the queue is given back, and connections go on" {
    world
    goes_by vpn
    echo nonsense >"$NETNS_DIR/rules.d/20.rules"
    kill -HUP "$manager"
    netns_wait 20 netns_ended "$manager"
    said 1 removed queue-0
    run ! netns_queue_bound router 0
    goes_by isp
    rm "$NETNS_DIR/rules.d/20.rules"
    netns_exec router "${NFQROUTE:-build/nfqroute}" release -r "$NETNS_DIR/rules.d"
    diff <(echo "$before") <(kernel)
}

# goes_by DEVICE: new connections to the servers do
goes_by() {
    local server sent
    for server in "${SERVERS[@]}"; do
        sent=$(paths_sent "$1")
        netns_exec client "$TOOLS/tool_peer" tcp "$server" 7 1000 20
        [ $(($(paths_sent "$1") - sent)) -gt 20000 ]
    done
}

@test "SIGUSR2 without a service manager: all stays but the queue, and the next one takes over" {
    paths_begin router
    netns_serve server 7
    before=$(kernel)
    paths_daemon "${RULES[@]}"
    traffic 20
    while_it_runs=$(kernel)
    kill -USR2 "$PATHS_DAEMON"
    netns_wait 20 netns_ended "$PATHS_DAEMON"
    wait "$PATHS_DAEMON"
    # but for the line of the queue
    [ "$(diff <(echo "$while_it_runs") <(kernel) | grep -c '^[<>]')" = 1 ]
    run ! netns_queue_bound router 0
    goes_by isp
    paths_start
    goes_by vpn
    for i in 0 1; do
        kill "${pids[i]}"
        netns_wait 30 netns_ended "${pids[i]}"
        netns_logged "traffic$i.log" '^new [0-9]+ lost 0, lasting [0-9]+ lost 0$'
    done
    kill "$PATHS_DAEMON"
    netns_wait 20 netns_ended "$PATHS_DAEMON"
    diff <(echo "$before") <(kernel)
}
