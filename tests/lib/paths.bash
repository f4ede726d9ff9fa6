# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# paths.bash - a client, a router with two paths, and a server behind both; to be read behind netns.bash
#
#     client -- lan router == isp == isp_gw == server        10.9.0.1, fd09::1
#               10.1.0.0/24 == vpn == vpn_gw ==
#
# Bytes by either path are those that the router's devices isp and vpn have sent.

PATHS_SERVER4=10.9.0.1
PATHS_SERVER6=fd09::1

# paths_one NAME N: one path from router to server, by a gateway of its own
paths_one() {
    netns_add "$1_gw"
    netns_forward "$1_gw"
    netns_batch router <<END
link add $1 type veth peer name near netns $NETNS_PREFIX$1_gw
link set $1 up
address add 10.2$2.0.2/24 dev $1
address add fd2$2::2/64 dev $1 nodad
END
    netns_batch "$1_gw" <<END
link add far type veth peer name $1 netns ${NETNS_PREFIX}server
link set near up
link set far up
address add 10.2$2.0.1/24 dev near
address add fd2$2::1/64 dev near nodad
address add 10.3$2.0.1/24 dev far
address add fd3$2::1/64 dev far nodad
route add $PATHS_SERVER4 via 10.3$2.0.2
route add $PATHS_SERVER6 via fd3$2::2
route add 10.1.0.0/24 via 10.2$2.0.2
route add fd01::/64 via fd2$2::2
END
    netns_batch server <<END
link set $1 up
address add 10.3$2.0.2/24 dev $1
address add fd3$2::2/64 dev $1 nodad
route add 10.2$2.0.0/24 via 10.3$2.0.1
route add fd2$2::/64 via fd3$2::1
END
}

# paths_begin NAT: who translates addresses: "router", "gateways", or "none" (then the server answers by the isp, and
# only paths that keep the source address work).
paths_begin() {
    netns_add client router server
    netns_forward router
    netns_lan
    paths_one isp 1
    paths_one vpn 2
    netns_batch router <<END
route add default via 10.21.0.1
route add default via fd21::1
END
    netns_batch server <<END
address add $PATHS_SERVER4/32 dev lo
address add $PATHS_SERVER6/128 dev lo nodad
route add 10.1.0.0/24 via 10.31.0.1
route add fd01::/64 via fd31::1
END
    paths_translate "$1"
}

# paths_again NAT: the same network for another test, whatever the firewalls said before
paths_again() {
    local name tables
    for name in router isp_gw vpn_gw; do
        for tables in iptables ip6tables; do
            netns_exec "$name" $tables-restore <<<$'*raw\nCOMMIT\n*mangle\nCOMMIT\n*nat\nCOMMIT\n*filter\nCOMMIT' || return
        done
        netns_exec "$name" conntrack -F 2>/dev/null || return
    done
    paths_translate "$1"
}

paths_translate() {
    case $1 in
    router) paths_masquerade router isp vpn ;;
    gateways) paths_masquerade isp_gw far; paths_masquerade vpn_gw far ;;
    none) ;;
    esac
}

# paths_masquerade NAME DEVICE...
paths_masquerade() {
    local rules
    rules=$(echo '*nat'; printf -- '-A POSTROUTING -o %s -j MASQUERADE\n' "${@:2}"; echo COMMIT)
    netns_exec "$1" iptables-restore --noflush <<<"$rules" && netns_exec "$1" ip6tables-restore --noflush <<<"$rules"
}

# paths_daemon RULE...: the daemon on the router, with gateway vpn and these rules; its log is nfqroute.log. What one
# connection has taught would keep the next one from being late, so nothing is learned unless PATHS_LEARNED is set.
paths_daemon() {
    mkdir -p "$NETNS_DIR/rules.d"
    {
        echo 'gateway vpn { address 10.22.0.1; address fd22::1; mark 0x9 }'
        printf '%s\n' "$@"
        echo 'option privacy off'
        [ -n "${PATHS_LEARNED-}" ] || echo 'option learned off'
    } >"$NETNS_DIR/rules.d/10.rules"
    # shellcheck disable=SC2119 # no words
    paths_start
}

# paths_start [WORD...]: the daemon again, with the rules it had; the words come before the command, PATHS_OPTIONS behind it
# shellcheck disable=SC2120 # by those who read this
paths_start() {
    local ready
    ready=$(paths_ready)
    netns_spawn router nfqroute.log "$@" "${NFQROUTE:-build/nfqroute}" -v -q 0 -r "$NETNS_DIR/rules.d" "${PATHS_OPTIONS[@]}"
    # shellcheck disable=SC2034 # for those who read this
    PATHS_DAEMON=$NETNS_PID
    netns_wait 20 paths_ready_again "$ready"
}

# How many times it has got ready.
paths_ready() { grep -c 'ready:' "$NETNS_DIR/nfqroute.log" 2>/dev/null || :; }
paths_ready_again() { [ "$(paths_ready)" -gt "${1:-0}" ]; }

# paths_sent isp|vpn: bytes the router has sent by it
paths_sent() { netns_bytes router "$1" tx; }
paths_received() { netns_bytes router "$1" rx; }
