# see README.md
~ imap | tcp 143 | < "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"
+ imap | tcp | > "a001 LOGIN joe secret\r\n"
~ imap | tcp | < "* OK ready\r\n" > ". CAPABILITY\r\n"
+ imap host=www.example.com ech=no | tcp 143 | > "a STARTTLS\r\n" < "a OK\r\n" > 1603010049010000450301000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0000041301c02f0100001800000014001200000f7777772e6578616d706c652e636f6d
# what follows is no hello
+ imap | tcp 143 | > "a STARTTLS\r\n" > "b LOGOUT\r\n"
~ | tcp 143 | > "a001 LOG"
- | tcp 143 | < "* OK ready\r\n" > "a001 FETCH 1\r\n"
- | tcp 143 | < "220 ready\r\n" > "GET / HTTP/1.1\r\n\r\n"
