# see README.md
+ pop | tcp 110 | < "+OK POP3 server ready\r\n"
+ pop | tcp 110 | < "+OK Dovecot ready.\r\n" > "CAPA\r\n"
+ pop | tcp | < "+OK\r\n" > "USER joe\r\n"
~ | tcp 110 | < "+OK hello\r\n"
- | tcp 110 | < "+OK hello\r\n" > "GET / HTTP/1.1\r\n"
- | tcp 110 | < "220 hello\r\n" > "USER joe\r\n"
# Redis says +OK too
- | tcp 110 | < "+OK\r\n" > "PING\r\n"
