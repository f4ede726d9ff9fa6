# see README.md
+ dlep | udp 854 | "DLEP" 0001 0004 0000 0000
- | udp 854 | "DLEP" 0003 0004 0000 0000
- | udp 854 | "DLEQ" 0001 0004
