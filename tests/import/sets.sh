#!/bin/sh -e
# by address lists, both families; one list is filled by dnsmasq, so nobody knows what is in it
ipset create streams hash:net family inet -exist
ipset add streams 203.0.113.0/24
ipset add streams 198.51.100.7
ipset create streams6 hash:net family inet6
ipset add streams6 2001:db8:5::/48
ipset create byname hash:ip
for table in iptables ip6tables; do
    $table -t mangle -A PREROUTING -i lan+ -p tcp --syn -m tos --tos 0x10 -j MARK --set-mark 9
done
iptables -t mangle -A PREROUTING -m set --match-set streams dst -j MARK --set-mark 9
ip6tables -t mangle -A PREROUTING -m set --match-set streams6 dst -j MARK --set-mark 9
iptables -t mangle -A PREROUTING -m set --match-set byname dst -j MARK --set-mark 9
iptables -t mangle -A PREROUTING -m string --string "BitTorrent" --algo bm -j MARK --set-mark 9
iptables -t mangle -A PREROUTING -s $(nvram get guest_net) -j MARK --set-mark 9
iptables -t mangle -A PREROUTING -p tcp --dport 8080 -j MARK --set-mark 7
iptables -t mangle -A PREROUTING -p udp --dport 53 -j DROP
ip -4 route add default via 10.8.0.1 dev tun1 table vpn onlink
ip -6 route add default via fd00:8::1 dev tun1 table vpn
ip -4 rule add fwmark 9 table vpn pref 50
ip -6 rule add fwmark 9 table vpn pref 50
