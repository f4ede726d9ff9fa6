# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# wires.bash - two ways from a router to another namespace; to be read behind netns.bash
#
#     client -- router == isp ==> NAME      10.9.0.1, fd09::1
#                      == vpn ==>

# wires_begin NAME: all but the client; router's default route goes by isp
wires_begin() {
    WIRES_TO=$1
    netns_add router "$1"
    wire isp 2
    wire vpn 3
    netns_addr "$1" lo 10.9.0.1/32 fd09::1/128
    netns_route router default via 10.2.0.2
    netns_route router default via fd02::2
    netns_sysctl "$1" net.ipv4.conf.{all,isp,vpn}.rp_filter=0
}

# wires_client: and the client
wires_client() {
    netns_add client
    netns_forward router
    netns_lan
    netns_route "$WIRES_TO" 10.1.0.0/24 via 10.2.0.1
    netns_route "$WIRES_TO" fd01::/64 via fd02::1
    netns_sysctl router net.ipv4.conf.{all,isp,vpn}.rp_filter=0
}

# wire DEVICE N: a way from router, 10.N.0.0/24 and fd0N::/64
wire() {
    netns_link router "$1" "$WIRES_TO" "$1"
    netns_addr router "$1" "10.$2.0.1/24" "fd0$2::1/64"
    netns_addr "$WIRES_TO" "$1" "10.$2.0.2/24" "fd0$2::2/64"
}
