# see README.md
+ tftp | udp 69 | 0001 "boot/kernel" 00 "octet" 00
+ tftp | udp | 0002 "x" 00 "NetASCII" 00 "tsize" 00 "0" 00
# the transfer, from another port
+ tftp | udp | > 0003 0001 ab*512 < 0004 0001
+ tftp | udp | > 0004 0000 < 0003 0001 ab*20
+ tftp | udp | 0006 "blksize" 00 "1468" 00
~ | udp | 0003 0001 ab*512
- | udp 69 | 0001 "boot/kernel" 00 "octets" 00
- | udp 69 | 0001 00 "octet" 00
- | udp | > 0003 0001 ab*512 < 0004 0002
