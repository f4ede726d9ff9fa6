# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# faults.bash - what tests/soak/faults and faults-commands have in common; to be read behind netns.bash

# The program whose calls fail, and what makes them; of how many places of a kind (0: all), or call after call.
# shellcheck disable=SC2034 # for those who read this
NFQROUTE=$(realpath "${NFQROUTE:-build/nfqroute}")
PRELOAD=$(dirname "$NFQROUTE")/tests/e2e/preload_fault.so
EACH=${EACH:-0} EVERY=${EVERY-}

# faults_network: a router with two ways out, by the devices isp and vpn to a peer: 10.2.0.0/24, fd02::/64 and 10.3.0.0/24, fd03::/64
faults_network() {
    local n device
    netns_add router peer
    for n in 2 3; do
        device=$([ $n = 2 ] && echo isp || echo vpn)
        netns_link router "$device" peer "$device"
        netns_addr router "$device" 10.$n.0.1/24 fd0$n::1/64
        netns_addr peer "$device" 10.$n.0.2/24 fd0$n::2/64
    done
    netns_route router default via 10.2.0.2
    netns_route router default via fd02::2
    netns_sysctl router net.ipv4.conf.vpn.rp_filter=1
}
