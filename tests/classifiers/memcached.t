# see README.md
+ memcached | tcp 11211 | > "stats\r\n" < "STAT pid 12\r\n"
+ memcached | tcp | > "get key\r\n" < "END\r\n"
+ memcached | udp 11211 | > 0001 0000 0001 0000 "get key\r\n" < 0001 0000 0001 0000 "VALUE key 0 1\r\n"
+ memcached | tcp | > 80 00 0003 00 00 0000 00000003 01020304 00*8 "key" < 81 00 0000 00 00 0001 00000009 01020304
~ | tcp 11211 | > "get key\r\n"
- | tcp 11211 | > "GETX / HTTP/1.1\r\n"
- | tcp 11211 | > "get key\r\n" < "HTTP/1.0 400 Bad\r\n"
- | tcp | > 80 00 0003 00 00 0000 00000003 01020304 00*8 "key" < 81 00 0000 00 00 0001 00000009 01020305
