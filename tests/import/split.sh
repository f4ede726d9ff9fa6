#!/bin/bash
# users and ports by the VPN, as told in many places: one default route behind another, options cut short
set -e
export TABLE_ID="vpn"
export MARK="0x1"
VPN_IF=tun0
VPN_USER=root
LAN_NET=192.168.1.0/24
GATEWAYIP=$(ip route show dev $VPN_IF | awk '/via/ {print $3}')
GW=10.8.0.1

# Flush iptables rules
iptables -F -t nat
iptables -F -t mangle
iptables -F -t filter

# Mark packets from $VPN_USER
iptables -t mangle -A OUTPUT -j CONNMARK --restore-mark
iptables -t mangle -A OUTPUT ! --dest $LAN_NET -m owner --uid-owner $VPN_USER -j MARK --set-mark $MARK
iptables -t mangle -A OUTPUT --dest $LAN_NET -p udp --dport 53 -m owner --uid-owner $VPN_USER -j MARK --set-mark $MARK
iptables -t mangle -A OUTPUT ! --src $LAN_NET -j MARK --set-mark $MARK
iptables -t mangle -A OUTPUT -j CONNMARK --save-mark

# allow responses
iptables -A INPUT -i $VPN_IF -m conntrack --ctstate ESTABLISHED -j ACCEPT
iptables -A OUTPUT -o lo -m owner --uid-owner $VPN_USER -j ACCEPT
iptables -t nat -A POSTROUTING -o $VPN_IF -j MASQUERADE

if [[ `ip rule list | grep -c 0x1` == 0 ]]; then
  ip rule add from all fwmark $MARK lookup $TABLE_ID
fi
ip route replace default via $GW table $TABLE_ID
ip route append default via 127.0.0.1 dev lo table $TABLE_ID
ip route flush cache
for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 > $f; done
sysctl -w net.ipv4.conf.all.rp_filter=2
# which of these is run is not known; of those the kernel takes the second
if ping -c1 10.9.0.1; then
    ip route add default via 10.9.0.1 table other
else
    ip route add default via 10.9.0.2 table other
fi
ip route add default dev wg1 metric 20 table third
ip route add default dev wg0 metric 10 table third
ip rule add fwmark 2 table other
ip rule add fwmark 3 table third
iptables -t mangle -A OUTPUT -p tcp --dport 80 -j MARK --set-mark 2
iptables -t mangle -A OUTPUT -p tcp --dport 81 -j MARK --set-mark 3
# forwarded ones that cannot be turned: they are asked for all the same, for who writes them by hand
iptables -t mangle -A PREROUTING -m time --timestart 08:00 -p udp -j MARK --set-mark 2
