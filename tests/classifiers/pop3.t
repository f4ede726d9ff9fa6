# see README.md
~ pop | tcp 110 | < "+OK POP3 server ready\r\n"
~ pop | tcp 110 | < "+OK Dovecot ready.\r\n" > "CAPA\r\n"
+ pop | tcp | < "+OK\r\n" > "USER joe\r\n"
+ pop host=www.example.com ech=no | tcp 110 | < "+OK\r\n" > "STLS\r\n" < "+OK\r\n" > 1603010049010000450301000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0000041301c02f0100001800000014001200000f7777772e6578616d706c652e636f6d
~ | tcp 110 | < "+OK hello\r\n"
- | tcp 110 | < "+OK hello\r\n" > "GET / HTTP/1.1\r\n"
- | tcp 110 | < "220 hello\r\n" > "USER joe\r\n"
# Redis says +OK too
- | tcp 110 | < "+OK\r\n" > "PING\r\n"
