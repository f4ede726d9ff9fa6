# see README.md
+ raknet | udp 19132 | 01 0000000000001234 00ffff00fefefefefdfdfdfd12345678 0102030405060708
+ raknet | udp | 05 00ffff00fefefefefdfdfdfd12345678 06 00*100
- | udp 19132 | 01 0000000000001234 00ffff00fefefefefdfdfdfd12345679
- | udp 19132 | 09 00ffff00fefefefefdfdfdfd12345678 06
