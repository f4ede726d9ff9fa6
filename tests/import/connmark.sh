ip route add default dev wg0 table 51820
ip rule add fwmark 0x10000/0xffff0000 lookup 51820
