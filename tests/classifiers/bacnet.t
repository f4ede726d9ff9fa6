# see README.md
+ bacnet | udp 47808 | 81 0a 0011 01 00 00 05 01 0c 0c 00000001 19 4d
+ bacnet | udp | 81 0b 000c 01 20 ffff 00 ff 10 08
+ bacnet | udp 47808 | 81 05 0006 003c
- | udp 47808 | 81 0a 0012 01 00 00 05 01 0c 0c 00000001 19 4d
- | udp 47808 | 82 0a 0006 01 00
- | udp | 81 05 0006 003c
