# SPDX-License-Identifier: GPL-2.0-or-later
#
# rehome-timestamps.bats - TCP connections that are moved with their timestamps: option rehome-timestamps keep

load ../lib/netns
load ../lib/services
load ../lib/paths
load ../lib/moves

RULES=('option rehome-timestamps keep' 'host .vpn.test via vpn')
# Of either side: segments taken for old ones (PAWS), with connections that are open and that have been closed.
OLD=(TcpExtPAWSEstab TcpExtPAWSActive TcpExtTCPACKSkippedPAWS)

setup_file() {
    need_for_file xt-queue curl openssl python3 conntrack || return 0
    netns_try iptables-restore $'*mangle\n:X -\n-A X -p tcp -j SYNPROXY\nCOMMIT' ||
        { export NETNS_LACKS="the kernel has no SYN proxy" && return 0; }
    netns_begin
    moves_network
}

setup() {
    netns_file
    for name in client router server; do netns_sysctl $name net.ipv4.tcp_timestamps=1; done
    netns_exec server iptables -F INPUT
}

teardown() { moves_end; }

teardown_file() { netns_end; }

# old NAME: what the namespace has counted of OLD
old() { netns_exec "$1" nstat -asz "${OLD[@]}" | awk '!/^#/ { n += $2 } END { print n + 0 }'; }

# stamped: how many packets without timestamps, and with them, the server has had by the vpn so far
stamped() {
    netns_exec server iptables -nvxL INPUT | awk '/option=!8/ { without = $1 } /option=8/ { with = $1 } END { print without, with }'
}

count_stamped() {
    netns_exec server iptables -A INPUT -i vpn -p tcp --tcp-flags RST NONE ! --tcp-option 8
    netns_exec server iptables -A INPUT -i vpn -p tcp --tcp-flags RST NONE --tcp-option 8
}

@test "forwarded and local, both families: whole both ways, and no segment is taken for an old one" {
    world router "${RULES[@]}"
    head -c 5000000 /dev/urandom >"$NETNS_DIR/upload"
    right=$(sha256sum <"$NETNS_DIR/upload" | cut -d' ' -f1)
    for from in client router; do
        for server in "$PATHS_SERVER4" "[$PATHS_SERVER6]"; do
            for _ in 1 2 3 4; do moves "$from" "$server"; done # half of the servers' clocks are behind the first one's
            stays "$from" "$server"
            [ "$(post "$from" a.vpn.test "$server" "$NETNS_DIR/upload")" = "$right" ]
        done
    done
    [ "$(grep -c ', moved' "$NETNS_DIR/nfqroute.log")" = 20 ]
    [ "$(old client) $(old router) $(old server)" = "0 0 0" ]
    no_leftovers
}

@test "50 MB each way with timestamps" {
    world router "${RULES[@]}"
    count_stamped
    head -c 50000000 /dev/urandom >"$NETNS_DIR/upload"
    [ "$(get client a.vpn.test "$PATHS_SERVER4" 50000000)" = "$(known 50000000)" ]
    [ "$(post client a.vpn.test "$PATHS_SERVER4" "$NETNS_DIR/upload")" = "$(sha256sum <"$NETNS_DIR/upload" | cut -d' ' -f1)" ]
    [ "$(grep -c ', moved' "$NETNS_DIR/nfqroute.log")" = 2 ]
    [ "$(old client) $(old server)" = "0 0" ]
    read -r without with < <(stamped)
    [ "$without" = 0 ] && [ "$with" -gt 300 ]
}

@test "the server resets a moved connection: the client hears of it, with timestamps and without" {
    world router "${RULES[@]}"
    resets client router
    netns_sysctl client net.ipv4.tcp_timestamps=0
    netns_sysctl router net.ipv4.tcp_timestamps=0
    resets client router
    moves client "$PATHS_SERVER4"
    [ "$(grep -c ', moved' "$NETNS_DIR/nfqroute.log")" = 9 ]
}

@test "nobody translates: moved with timestamps, and reset" {
    world none "${RULES[@]}"
    for server in "$PATHS_SERVER4" "[$PATHS_SERVER6]"; do
        [ "$(get client a.vpn.test "$server" 300000)" = "$(known 300000)" ]
    done
    resets client
    [ "$(grep -c ', moved' "$NETNS_DIR/nfqroute.log")" = 4 ]
    [ "$(old client) $(old server)" = "0 0" ]
}

@test "the server has no timestamps" {
    world router "${RULES[@]}"
    netns_sysctl server net.ipv4.tcp_timestamps=0
    moves client "$PATHS_SERVER4"
    moves client "[$PATHS_SERVER6]"
    resets client router
}

@test "without rehoming a server's reset passes" {
    world router "${RULES[0]}" 'host .no.test via vpn' 'tcp via vpn'
    resets client router
    [ "$(grep -c ', moved' "$NETNS_DIR/nfqroute.log")" = 0 ]
}

@test "the daemon is killed: moved connections go on, and new ones by the first path" {
    world router "${RULES[@]}"
    outlives_the_daemon
    [ "$(old client)" = 0 ]
}

# The program that loads the rules refuses what a kernel without the target would refuse.
@test "the kernel has no SYN proxy: a warning, and timestamps are taken off" {
    mkdir "$NETNS_DIR/bin"
    for name in {ip,ip6}tables{,-legacy,-nft}-restore; do
        real=$(command -v "$name") || continue
        # shellcheck disable=SC2016 # to be expanded when it runs
        printf '#!/bin/sh\ntext=$(cat)\ncase $text in *SYNPROXY*) echo no target by that name >&2; exit 2 ;; esac\n%s\n' \
            "printf '%s\\n' \"\$text\" | $real \"\$@\"" >"$NETNS_DIR/bin/$name"
    done
    chmod +x "$NETNS_DIR"/bin/*
    PATH=$NETNS_DIR/bin:$PATH world router "${RULES[@]}"
    count_stamped
    netns_logged nfqroute.log 'no keeping of timestamps in connections that are moved: .*no target by that name'
    moves client "$PATHS_SERVER4"
    moves client "[$PATHS_SERVER6]"
    resets client router
    [[ $(stamped) =~ ^[1-9][0-9]*" 0"$ ]]
    [ "$(old client)" = 0 ]
}
