# see README.md
+ source_engine | udp 27015 | ffffffff "TSource Engine Query" 00
+ source_engine | udp | ffffffff "U" 01020304
+ quake | udp 27960 | ffffffff "getstatus xxx"
+ quake | udp | ffffffff "getchallenge 0 \"\""
+ quake | udp 26000 | 8000000c 02 "QUAKE" 00 03
- | udp 27960 | ffffffff "hello"
- | udp 27015 | ffffffff "U" 010203
- | udp 26000 | 8000000d 02 "QUAKE" 00 03
- | udp 27960 | fffffffe "getstatus"
