# no marks at all: rules of the kernel by source, user and port, as for two uplinks
IF1=eth1; GW1=192.0.2.1
IF2=eth2; GW2=198.51.100.1
ip route add default via $GW1 dev $IF1 table T1
ip route add default via $GW2 dev $IF2 table T2
ip route add 192.0.2.0/24 dev $IF1 src 192.0.2.10 table T1
ip rule add from 192.0.2.10 table T1 pref 100
ip rule add from 10.1.0.0/16 ipproto tcp dport 25 lookup T2 pref 90
ip rule add uidrange 1000-1000 lookup T2 pref 110
ip rule add to 10.0.0.0/8 lookup main pref 80
ip rule add from 10.66.0.0/16 prohibit pref 85
ip rule add from 10.2.0.0/16 lookup T3 pref 120
ip rule add iif guest suppress_prefixlength 0 lookup main pref 70
