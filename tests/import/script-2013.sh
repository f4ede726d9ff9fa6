#!/bin/sh -e
VPN_GATEWAY=192.168.1.1
echo "2 vpn" >> /etc/iproute2/rt_tables
iptables -t mangle -A OUTPUT -p udp --dport 1935 -j MARK --set-mark 0x9
iptables -t mangle -A OUTPUT -p tcp --dport 1935 -j MARK --set-mark 0x9
ip route add default via ${VPN_GATEWAY} table vpn        # "2 vpn" in /etc/iproute2/rt_tables
ip rule add fwmark 9 pref 10 lookup vpn
