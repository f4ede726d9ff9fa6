# see README.md
+ steam | tcp 27017 | 20000000 "VT01" 17050000 00*28
+ steam | udp 27017 | "VS01" 0000 01 00 00*28
+ steam | udp 27036 | ffffffff214c5fa0 16000000 00*22
- | tcp 27017 | 20000000 "VT02" 00*28
- | udp 27036 | ffffffff214c5fa1 16000000
