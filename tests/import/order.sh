ip route add default dev tun1 table 101
ip route add default dev tun2 table 102
ip rule add fwmark 1 table 101
ip rule add fwmark 2 table 102
ip6tables -t mangle -A PREROUTING -p tcp --dport 6000 -j MARK --set-mark 1
ip -6 route add default dev tun6 table 106
ip -6 rule add fwmark 1 table 106
