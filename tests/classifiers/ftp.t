# see README.md
+ ftp | tcp 21 | < "220 (vsFTPd 3.0.3)\r\n" > "USER anonymous\r\n"
+ ftp | tcp 2121 | < "220-Welcome\r\n220 ready\r\n" > "AUTH TLS\r\n"
+ ftp | tcp 2121 | < "220 ready\r\n" > "feat\r\n"
~ | tcp 21 | < "220 ready\r\n"
~ | tcp 21 | > "USER anonymous\r\n"
# mail servers greet with 220 as well, POP3 has USER too
- | tcp 21 | < "220 mail.example.org ready\r\n" > "NOOP\r\n"
- | tcp 21 | < "+OK ready\r\n" > "USER joe\r\n"
- | tcp 21 | < "500 no\r\n" > "GET / HTTP/1.1\r\n\r\n"
