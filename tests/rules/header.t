# Header fields. RULES <= PACKET => VERDICT, see tests/unit/test_rules.c
tcp dport 1935 via vpn <= tcp dport=1935 => via vpn
tcp dport 1935 via vpn <= udp dport=1935 => none
tcp dport 1935 via vpn <= tcp dport=1936 => none
tcp dport 1935 via vpn <= tcp sport=1935 => none
tcp sport 1935 via vpn <= tcp sport=1935 => via vpn
udp dport { 443, 8000-8100 } via vpn <= udp dport=8050 => via vpn
udp dport { 443, 8000-8100 } via vpn <= udp dport=8101 => none
udp dport { 443, 8000-8100 } via vpn <= udp dport=443 => via vpn
udp dport { 443 8000-8100 } via vpn <= udp dport=8000 => via vpn
dport https via vpn <= tcp dport=443 => via vpn
dport http-alt via vpn <= tcp dport=8080 => via vpn
dport ftp-ssh via vpn <= tcp dport=22 => via vpn
dport 0x50 via vpn <= tcp dport=80 => via vpn
dport 0 via vpn <= tcp dport=0 => via vpn
dport 0-65535 via vpn <= icmp => none
dport 65535 via vpn <= udp dport=65535 => via vpn
not dport 443 via vpn <= tcp dport=443 => none
not dport 443 via vpn <= icmp => via vpn
not dport { 80, 443 } via vpn <= tcp dport=81 => via vpn
icmp via vpn <= icmp => via vpn
icmp via vpn <= icmpv6 src=fd00::1 dst=fd00::2 => none
icmpv6 via vpn <= icmpv6 src=fd00::1 dst=fd00::2 => via vpn
sctp dport 5060 via vpn <= sctp dport=5060 => via vpn
proto esp via vpn <= proto=50 => via vpn
proto SKIP via vpn <= proto=57 => via vpn
proto skip via vpn <= proto=56 => none
proto 50 via vpn <= proto=50 => via vpn
proto { tcp, 17 } via vpn <= udp => via vpn
proto { tcp, 17 } via vpn <= proto=18 => none
proto 0-255 via vpn <= proto=255 => via vpn
daddr 10.0.0.0/8 main <= tcp dst=10.255.255.255 => main
daddr 10.0.0.0/8 main <= tcp dst=11.0.0.0 => none
daddr 10.1.2.3/8 main <= tcp dst=10.9.9.9 => main
daddr 10.0.0.1-10.0.0.9 main <= tcp dst=10.0.0.9 => main
daddr 10.0.0.1-10.0.0.9 main <= tcp dst=10.0.0.10 => none
daddr 0.0.0.0/0 main <= tcp dst=255.255.255.255 => main
daddr 0.0.0.0/0 main <= tcp dst=::1 => none
daddr ::/0 main <= tcp dst=1.2.3.4 => none
daddr ::/0 main <= tcp dst=2001:db8::1 => main
daddr ::/0 main <= tcp dst=ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff => main
daddr ::-::2:0:0 main <= tcp dst=1.2.3.4 => none
daddr fc00::/7 main <= tcp dst=fdff::1 => main
daddr fc00::/7 main <= tcp dst=fe00::1 => none
daddr fd00::8:1 main <= tcp dst=fd00:0:0:0:0:0:8:1 => main
daddr fd00::1-fd00::9 main <= tcp dst=fd00::5 => main
daddr 1.2.3.4/32 main <= tcp dst=1.2.3.4 => main
daddr 2001:db8::1/128 main <= tcp dst=2001:db8::1 => main
saddr 192.168.1.50 via lte <= tcp src=192.168.1.50 => via lte
saddr 192.168.1.50 via lte <= tcp dst=192.168.1.50 => none
not saddr { 10.0.0.0/8, fc00::/7 } via lte <= tcp src=fc00::1 => none
not saddr { 10.0.0.0/8, fc00::/7 } via lte <= tcp src=9.0.0.1 => via lte
iif eth0 via vpn <= tcp iif=eth0 => via vpn
iif eth0 via vpn <= tcp iif=eth01 => none
iif tun* via vpn <= tcp iif=tun0 => via vpn
iif tun* via vpn <= tcp iif=tun => via vpn
iif tun* via vpn <= tcp iif=tul9 => none
iif tun* via vpn <= tcp => none
not iif tun* via vpn <= tcp => via vpn
iif * via vpn <= tcp => none
iif * via vpn <= tcp iif=x => via vpn
iif * via vpn <= tcp iif=abcdefghijklmno => via vpn
oif { wlan0, br-guest } via vpn <= tcp oif=br-guest => via vpn
iif abcdefghijklmno via vpn <= tcp iif=abcdefghijklmno => via vpn
mac 00:11:22:aa:bb:cc via vpn <= tcp mac=001122aabbcc => via vpn
mac 00-11-22-AA-BB-CC via vpn <= tcp mac=001122aabbcc => via vpn
mac 00:11:22:* via vpn <= tcp mac=001122ffffff => via vpn
mac 00:11:22:* via vpn <= tcp mac=001123000000 => none
mac 00:11:22:* via vpn <= tcp => none
dscp ef via vpn <= udp dscp=46 => via vpn
dscp { cs1, le } via vpn <= udp dscp=1 => via vpn
dscp af11-af13 via vpn <= udp dscp=13 => via vpn
dscp 8-15 via vpn <= udp dscp=16 => none
dscp va via vpn <= udp dscp=44 => via vpn
user root via vpn <= tcp uid=0 => via vpn
user root via vpn <= tcp uid=1 => none
user root via vpn <= tcp => none
not user root via vpn <= tcp => via vpn
user 1000-1999 via vpn <= tcp uid=1999 => via vpn
user 1000-1999 via vpn <= tcp uid=2000 => none
user { root, 4294967294 } via vpn <= tcp uid=4294967294 => via vpn
user www-data via vpn <= tcp uid=33 => via vpn
group root via vpn <= tcp gid=0 => via vpn
group { 100-199, root } via vpn <= tcp gid=150 => via vpn
group 100-199 via any <= tcp gid=199 => via any
# verdicts, order, modifiers, and the shape of statements
drop <= tcp => drop
reject <= tcp => reject
main <= tcp => main
via any <= tcp => via any
late rehome log tcp via vpn <= tcp => via vpn
tcp late leave via vpn <= tcp => via vpn
tcp dport 22 main; tcp via vpn <= tcp dport=22 => main
tcp dport 22 main; tcp via vpn <= tcp dport=23 => via vpn
tcp via vpn; udp via lte <= udp => via lte
tcp dport { 1,\n 2 # two\n 3 } via vpn <= tcp dport=3 => via vpn
tcp via lte # comment\n# a comment alone\nudp via vpn # behind <= udp => via vpn
tcp \\n dport 80 \\n via vpn <= tcp dport=80 => via vpn
;; ; tcp via vpn ;; <= tcp => via vpn
tcp dport "80" via vpn <= tcp dport=80 => via vpn
<= tcp => none
# sets
set lan address { 10.0.0.0/8, fc00::/7 }; daddr @lan main <= tcp dst=fc00::1 => main
daddr @lan main; set lan address { 10.0.0.0/8 } <= tcp dst=10.0.0.1 => main
set a port { 1-5 }; set b port { 7 }; dport { @a, @b, 9 } via vpn <= tcp dport=7 => via vpn
set a port { 1-5 }; set b port { 7 }; dport { @a, @b, 9 } via vpn <= tcp dport=5 => via vpn
set a port { 1-5 }; set b port { 7 }; dport { @a, @b, 9 } via vpn <= tcp dport=9 => via vpn
set a port { 1-5 }; set b port { 7 }; not dport { @a, @b, 9 } via vpn <= tcp dport=8 => via vpn
set a port { 1-5 }; set b port { 7 }; not dport { @a, @b, 9 } via vpn <= tcp dport=7 => none
set e port { }; dport @e via vpn <= tcp dport=1 => none
set p proto { tcp }; proto @p via vpn <= tcp => via vpn
set d interface { tun* }; iif @d via vpn <= tcp iif=tun3 => via vpn
set nets address { file "lists/nets.txt" }; daddr @nets main <= tcp dst=192.0.2.77 => main
set nets address { file "lists/nets.txt" }; daddr @nets main <= tcp dst=2001:db8:5::1 => main
set nets address { file "lists/nets.txt" }; daddr @nets main <= tcp dst=192.0.3.1 => none
daddr { file "lists/nets.txt", 192.0.3.1 } main <= tcp dst=192.0.3.1 => main
not iif * via vpn <= tcp => via vpn
not iif * via vpn <= tcp iif=eth0 => none
