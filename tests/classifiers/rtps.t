# see README.md
+ rtps | udp 7400 | "RTPS" 02 01 0101 0e*12
- | udp 7400 | "RTPX" 02 01
- | udp 7400 | "RTPS" 03 01
