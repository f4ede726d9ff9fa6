# see README.md
+ smtp | tcp 25 | < "220 mail.example.org ESMTP Postfix\r\n"
+ smtp | tcp 2525 | < "220-mail.example.org ESMTP Exim 4.96\r\n220 wait\r\n" > "EHLO x\r\n"
+ smtp | tcp | > "EHLO client.example.org\r\n"
+ smtp | tcp | < "220 mail.example.org ready\r\n" > "HELO x\r\n"
~ | tcp 25 | < "220 mail.example.org ready\r\n" > "E"
- | tcp 25 | < "220 ftp.example.org ready\r\n" > "USER x\r\n"
- | tcp 25 | < "HTTP/1.0 400 Bad\r\n" > "GET / HTTP/1.0\r\n\r\n"
