# see README.md
+ ftp | tcp 21 | < "220 (vsFTPd 3.0.3)\r\n" > "USER anonymous\r\n"
~ ftp | tcp 2121 | < "220 (vsFTPd 3.0.3)\r\n"
~ ftp | tcp 2121 | < "220 ready\r\n" > "feat\r\n"
+ ftp host=www.example.com ech=no | tcp 2121 | < "220-Welcome\r\n220 ready\r\n" > "AUTH TLS\r\n" < "234 ok\r\n" > 1603010049010000450301000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0000041301c02f0100001800000014001200000f7777772e6578616d706c652e636f6d
~ | tcp 21 | < "220 ready\r\n"
~ | tcp 21 | > "USER anonymous\r\n"
# mail servers greet with 220 as well, POP3 has USER too
- | tcp 21 | < "220 mail.example.org ready\r\n" > "NOOP\r\n"
- | tcp 21 | < "+OK ready\r\n" > "USER joe\r\n"
- | tcp 21 | < "500 no\r\n" > "GET / HTTP/1.1\r\n\r\n"
