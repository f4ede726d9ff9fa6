# see README.md
+ coap | udp 5683 | 43 01 05ca 721633 2b "." 77656c6c2d6b6e6f776e 04 "core"
+ coap | udp 5683 | 40 02 0001 b4 "test" ff "hello"
+ coap | udp 5683 | 60 00 0001
- | udp | 43 01 05ca 721633 2b "." 77656c6c2d6b6e6f776e 04 "core"
- | udp 5683 | 49 01 05ca 721633
- | udp 5683 | 40 02 0001 b4 "test" ff
- | udp 5683 | 80 02 0001
