# what the machine sends itself goes by another line than what it forwards; a chain with words of its own
iptables -t mangle -N steer
iptables -t mangle -A steer -p tcp --dport 80 -j MARK --set-mark 1
iptables -t mangle -A steer -p tcp --dport 80 -j RETURN
iptables -t mangle -A steer -p tcp -j MARK --set-mark 2
iptables -t mangle -A steer -m mark ! --mark 0 -j RETURN
iptables -t mangle -A steer -j MARK --set-mark 1
iptables -t mangle -A PREROUTING -i eth0 -j steer
iptables -t mangle -I PREROUTING -m state --state ESTABLISHED,RELATED -j ACCEPT
iptables -t mangle -I PREROUTING 2 -d 172.16.0.0/12 -j ACCEPT
iptables -t mangle -A OUTPUT -p tcp --dport 1024:  -j MARK --set-mark 2
iptables -t mangle -A OUTPUT -p tcp --dport 3000:4000  -j MARK --set-mark 1
iptables -t mangle -A OUTPUT -p tcp --dport 3500  -j MARK --set-mark 2
iptables -t mangle -A OUTPUT -p tcp -j MARK --set-mark 1
iptables -t mangle -A OUTPUT -p tcp --dport 4242 -j MARK --set-mark "$(cat /etc/mark)"
ip route add default via 192.0.2.1 table 11
ip route add default via 192.0.2.2 table 12
ip rule add fwmark 1 table 11
ip rule add fwmark 2 table 12
