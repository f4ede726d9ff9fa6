# see README.md
~ smtp | tcp 25 | < "220 mail.example.org ESMTP Postfix\r\n"
~ smtp | tcp 2525 | < "220-mail.example.org ESMTP Exim 4.96\r\n220 wait\r\n" > "EHLO x\r\n"
~ smtp | tcp | > "EHLO client.example.org\r\n"
+ smtp | tcp | < "220 mail.example.org ready\r\n" > "HELO x\r\nMAIL FROM:<a@b.example>\r\n"
+ smtp host=www.example.com ech=no | tcp 587 | > "EHLO x\r\n" < "250 STARTTLS\r\n" > "STARTTLS\r\n" < "220 go\r\n" > 1603010049010000450301000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0000041301c02f0100001800000014001200000f7777772e6578616d706c652e636f6d
~ | tcp 25 | < "220 mail.example.org ready\r\n" > "E"
- | tcp 25 | < "220 ftp.example.org ready\r\n" > "USER x\r\n"
- | tcp 25 | < "HTTP/1.0 400 Bad\r\n" > "GET / HTTP/1.0\r\n\r\n"
