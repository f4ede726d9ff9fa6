# who, not what: users and groups of this machine, by two lines; the LAN is left alone by the last word
LTE=wwan0
iptables -t mangle -A OUTPUT -m owner --uid-owner 1000-1999 -m comment --comment "the children" -j MARK --set-mark 1
iptables -t mangle -A OUTPUT -m owner --uid-owner root -p tcp -m multiport --dports 80,443 -j MARK --set-mark 2
iptables -t mangle -A OUTPUT -p tcp -m owner ! --gid-owner 27 --dport 25 -j MARK --set-mark 2
iptables -t mangle -A OUTPUT -m owner --uid-owner nobody-here -j MARK --set-mark 2
iptables -t mangle -A OUTPUT -d 10.0.0.0/8 -j MARK --set-mark 0
ip rule add fwmark 1 table 101 prio 1001
ip rule add fwmark 2 table 102 prio 1002
ip route add default via 192.0.2.1 dev eth1 table 101
ip route add default dev $LTE table 102
ip route add 10.0.0.0/8 dev eth0 table 102
iptables -t nat -A POSTROUTING -o $LTE -j MASQUERADE
