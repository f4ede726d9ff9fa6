# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# wireguard.bash - a tunnel of the kernel's WireGuard from router to vpn_gw; to be read behind netns.bash, paths.bash and gateways.bash
#
#     router wg0 10.8.0.2, fd08::2 == by vpn == 10.8.0.1, fd08::1 wg0 vpn_gw

wireguard_begin() {
    local name
    for name in router vpn_gw; do (umask 077 && wg genkey >"$NETNS_DIR/$name.key"); done
    tunnel_end vpn_gw 1 listen-port 51820
    wireguard_meet
    wireguard_near_end
    netns_route server 10.8.0.0/24 via 10.32.0.1
    netns_route server fd08::/64 via fd32::1
}

# tunnel_end NAME HOST WORD...: its device; the words are those of wg set
tunnel_end() {
    ip -n "$(netns "$1")" link add wg0 type wireguard
    netns_exec "$1" wg set wg0 private-key "$NETNS_DIR/$1.key" "${@:3}"
    netns_addr "$1" wg0 "10.8.0.$2/24" "fd08::$2/64"
    ip -n "$(netns "$1")" link set wg0 up mtu 1420
}

public() { wg pubkey <"$NETNS_DIR/$1.key"; }
wireguard_near_end() { tunnel_end router 2 peer "$(public vpn_gw)" endpoint 10.22.0.1:51820 allowed-ips 0.0.0.0/0,::/0; }

# The far end knows its peer, and does not: then the tunnel is silent, its device up.
wireguard_meet() { netns_exec vpn_gw wg set wg0 peer "$(public router)" allowed-ips 10.8.0.2/32,fd08::2/128; }
wireguard_part() { netns_exec vpn_gw wg set wg0 peer "$(public router)" remove; }

# wireguard_becomes up|down COMMAND...: the daemon says so of gateway wg, both families, for what the command does
wireguard_becomes() {
    local log=$NETNS_DIR/nfqroute.log before4 before6
    before4=$(lines "gateway wg: IPv4: $1" "$log") before6=$(lines "gateway wg: IPv6: $1" "$log")
    "${@:2}"
    netns_wait 10 more_lines "gateway wg: IPv4: $1" "$log" "$before4"
    netns_wait 10 more_lines "gateway wg: IPv6: $1" "$log" "$before6"
}
