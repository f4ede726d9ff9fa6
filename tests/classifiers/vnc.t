# see README.md
+ vnc | tcp 5900 | < "RFB 003.008\n"
+ vnc | tcp | > "RFB 003.889\n"
~ | tcp 5900 | < "RFB 003."
- | tcp 5900 | > "GET / HTTP/1.0\r\n" < "RFB 003x008\n"
- | tcp 5900 | > "RFB 003.00a\n" < "RFC "
