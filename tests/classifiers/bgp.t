# see README.md
+ bgp | tcp 179 | ff*16 001d 01 04 fde9 00b4 0a040a64 00
+ bgp | tcp | ff*16 0013 04
- | tcp 179 | ff*15 fe 001d 01
- | tcp 179 | ff*16 0012 01
- | tcp 179 | ff*16 001d 06
