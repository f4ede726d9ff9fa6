# see README.md
+ sip host=example.org | udp 5060 | "INVITE sip:joe@example.org;transport=udp SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1\r\n\r\n"
+ sip host=example.org | tcp | "REGISTER sips:Example.org:5061 SIP/2.0\r\n"
+ sip | udp 5060 | "SIP/2.0 200 OK\r\n"
# what keeps an address translation alive may come before
+ sip host=192.0.2.1 | udp 5060 | > 00000000 > "OPTIONS sip:192.0.2.1 SIP/2.0\r\n"
+ sip host=192.0.2.1 | udp 5060 | > "\r\n\r\n" > "OPTIONS sip:192.0.2.1 SIP/2.0\r\n"
~ | udp 5060 | 00000000
- | udp 5060 | "OPTIONS * HTTP/1.1\r\n"
- | tcp 5060 | "INVITE sip:joe@example.org SIP/3.0\r\n"
- | udp 5060 | "hello"
