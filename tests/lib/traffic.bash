# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# traffic.bash - connections from "client" by "router" to an echo server, which tell every loss; to be read behind
# netns.bash. SERVERS are its addresses.

# traffic_begin [PORT]: begins them, to port 7 if not told
traffic_begin() {
    TRAFFIC=()
    for server in "${SERVERS[@]}"; do
        netns_spawn client "traffic-$server.log" "$TOOLS/tool_traffic" "$server" "${1:-7}" 5
        TRAFFIC+=("$NETNS_PID")
        netns_wait 10 netns_logged "traffic-$server.log" ready
    done
}

# traffic_stop: ends them; what they lost is in their logs then
traffic_stop() {
    kill "${TRAFFIC[@]}"
    for server in "${SERVERS[@]}"; do
        netns_wait 40 netns_logged "traffic-$server.log" lost
        tail -n 1 "$NETNS_DIR/traffic-$server.log"
    done
}

# traffic_end: ends them, and fails if a packet was lost
traffic_end() {
    traffic_stop
    for server in "${SERVERS[@]}"; do
        netns_logged "traffic-$server.log" '^new [1-9][0-9]* lost 0, lasting [1-9][0-9]* lost 0$' && continue
        traffic_losses
        return 1
    done
}

# traffic_losses: all counters that may tell where packets were lost
traffic_losses() {
    local name
    for name in client router server; do
        {
            netns_exec "$name" nstat -asz | grep -E '(Errors|Discards|NoRoutes|NoPorts|Fails|Drop[a-z]*) +[1-9]'
            netns_exec "$name" conntrack -S 2>/dev/null | grep -oE '(drop|insert_failed|early_drop|error|chaintoolong)=[1-9][0-9]*'
            netns_exec "$name" ip -s -j link | jq -c '.[] | [.ifname, .stats64.rx.dropped, .stats64.tx.dropped] | select(.[1] + .[2] > 0)'
        } | sed "s/^/$name: /"
    done
    netns_exec router cat /proc/net/netfilter/nfnetlink_queue
    echo "backlogs of the processors: packets, dropped (hexadecimal)"
    cut -d' ' -f1,2 /proc/net/softnet_stat
}
