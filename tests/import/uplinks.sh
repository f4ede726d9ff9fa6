#!/bin/bash
# two uplinks, each answered by itself; lists, functions and branches as people write them
IF1=eth1 IF2=eth2
GW=(192.0.2.1
    198.51.100.1)   # of each
MAIL_PORTS=(25 465)
ipt() { iptables -w "$@"; }

iptables -t mangle -A PREROUTING -j CONNMARK --restore-mark
iptables -t mangle -A PREROUTING -m mark ! --mark 0 -j RETURN
iptables -t mangle -A PREROUTING -i $IF1 -m conntrack --ctstate NEW -j CONNMARK --set-mark 1
iptables -t mangle -A PREROUTING -i $IF2 -m conntrack --ctstate NEW -j CONNMARK --set-mark 2
for port in "${MAIL_PORTS[@]}"; do
    iptables -t mangle -A PREROUTING -i eth0 -p tcp --dport $port --tcp-flags FIN,SYN,RST,ACK SYN -j MARK --set-mark 2
done
iptables -t mangle -A PREROUTING -i eth0 -p tcp --sport 8443 -m addrtype ! --dst-type LOCAL -j MARK --set-mark 1
iptables -t mangle -A PREROUTING -p icmp --icmp-type echo-request -j MARK --set-mark 2
iptables -t mangle -A PREROUTING -j CONNMARK --save-mark
iptables -t mangle -A POSTROUTING -o $IF1 -j CONNMARK --set-mark 1
iptables -t mangle -A FORWARD -s 10.0.0.9 -j MARK --set-mark 2
iptables -t raw -A PREROUTING -s 10.0.0.8 -j MARK --set-mark 2
# what this does is not known: what comes behind must not take the LAN
ipt -t mangle -A OUTPUT -d 10.0.0.0/8 -j RETURN
iptables -t mangle -A OUTPUT -p tcp --dport 80 -j MARK --set-mark 1
iptables -t mangle -A OUTPUT -s 203.0.113.5 -j MARK --set-mark 2
if [ "$1" = fast ]; then
    iptables -t mangle -A OUTPUT -p udp --dport 4500 -j MARK --set-mark 1
    DEV3=wwan0
else
    iptables -t mangle -A OUTPUT -p udp --dport 4500 -j MARK --set-mark 2
    DEV3=wwan1
fi
while read -r host; do
    iptables -t mangle -A OUTPUT -d $host -j MARK --set-mark 2
done </etc/hosts.second
iptables-restore --noflush </etc/more.rules
ip route add default via 192.0.2.1 dev $IF1 table 1
ip route add default via 198.51.100.1 dev $IF2 table 2
ip route add default dev $DEV3 table 3
ip rule add pref 10 lookup main suppress_prefixlength 0
ip rule add pref 20 fwmark 1 lookup 1
ip rule add pref 21 fwmark 2 lookup 2
ip rule add pref 30 from 203.0.113.6 lookup 2
ip rule add pref 31 to $(cat /etc/partner) lookup main
ip rule add pref 32 from all lookup 1
