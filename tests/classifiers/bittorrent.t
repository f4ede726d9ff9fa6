# peers over TCP
+ bittorrent | tcp | 13 "BitTorrent protocol" 0000000000100005 aa*20 "-TR3000-" bb*12
- | tcp 6881 | 13 "BitTorrent protocoL" 0000000000100005 aa*20
# the DHT: a query, an answer, an error
+ bittorrent | udp | "d1:ad2:id20:" aa*20 "e1:q4:ping1:t2:xx1:y1:qe"
+ bittorrent | udp 6881 | "d2:ip6:" 010203040506 "1:rd2:id20:" aa*20 "e1:t2:xx1:y1:re"
+ bittorrent | udp | "d1:eli203e15:Protocol error.e1:t2:xx1:y1:ee"
- | udp 6881 | "d1:ad2:id20:" aa*20 "e1:q4:ping1:t2:xxe"
# a tracker, the SYN of uTP without and with extension bits, local discovery
+ bittorrent | udp | 0000041727101980 00000000 12345678
+ bittorrent | udp | 4100 1234 0badcafe 00000000 00100000 0001 0000
+ bittorrent | udp | 4102 1234 0badcafe 00000000 00100000 0001 0000 0008 00*8
+ bittorrent | udp 6771 | "BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6881\r\n\r\n"
- | udp | 0000041727101980 00000001 12345678
- | udp | 4100 1234 0badcafe 00000001 00100000 0001 0000
- | udp | 4100 1234 0badcafe 00000000 00100000 0001 0000 00
