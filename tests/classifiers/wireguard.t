# the handshake without a cookie
+ wireguard | udp 51820 | 01000000 a1b2c3d4 5e*32 6f*48 7a*28 c1*16 00*16
# with one: the answer carries the sender's index
+ wireguard | udp | > 01000000 a1b2c3d4 5e*32 6f*48 7a*28 c1*16 d2*16 < 02000000 99887766 a1b2c3d4 11*80
+ wireguard | udp | > 01000000 a1b2c3d4 5e*32 6f*48 7a*28 c1*16 d2*16 < 03000000 a1b2c3d4 11*56
~ | udp | 01000000 a1b2c3d4 5e*32 6f*48 7a*28 c1*16 d2*16
- | udp | > 01000000 a1b2c3d4 5e*32 6f*48 7a*28 c1*16 d2*16 < 02000000 99887766 a1b2c3d5 11*80
# a session from before, both ways
+ wireguard | udp | > 04000000 a1b2c3d4 0700000000000000 5e*32 < 04000000 11223344 0300000000000000 5e*16
- | udp | > 04000000 a1b2c3d4 0700000000000000 5e*32 < 05000000 11223344 0300000000000000 5e*16
# one byte short, a reserved byte set
- | udp 51820 | 01000000 a1b2c3d4 5e*32 6f*48 7a*28 c1*16 00*15
- | udp 51820 | 01000100 a1b2c3d4 5e*32 6f*48 7a*28 c1*16 00*16
