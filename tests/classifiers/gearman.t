# see README.md
+ gearman | tcp 4730 | 00 "REQ" 00000001 00000002 "wc"
- | tcp 4730 | 00 "RES" 00000001 00000002
- | tcp 4730 | 00 "REQ" 00000100
