# see README.md
+ telnet | tcp 23 | > fffd03 fffb18 fffb1f
+ telnet | tcp 2323 | < fffd18 fffd20 "login:"
~ | tcp 23 | > fffd03
- | tcp 23 | > fffd03 41 < "x"
- | tcp 23 | > "GET / HTTP/1.1" < "HTTP/1.1 200 OK"
