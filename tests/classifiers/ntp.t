# see README.md
+ ntp | udp 123 | 23 00 06 ec 00*36 e8d4a51000112233
+ ntp | udp 123 | e3 00 06 e8 00*44
+ ntp | udp 123 | 16 02 0001 0000 0000 0000 0000
+ ntp | udp 123 | 17 00 03 2a 00*4
# elsewhere the answer carries the time of the question
+ ntp | udp | > 23 00 06 ec 00*36 e8d4a51000112233 < 24 01 06 ec 00*20 e8d4a51000112233 00*16
~ | udp | 23 00 06 ec 00*36 e8d4a51000112233
- | udp | > 23 00 06 ec 00*36 e8d4a51000112233 < 24 01 06 ec 00*20 e8d4a51000112234 00*16
# a version that was never, a stratum, too short
- | udp 123 | 2b 00 06 ec 00*44
- | udp 123 | 23 11 06 ec 00*44
- | udp 123 | 23 00 06 ec 00*43
