# see README.md
+ imap | tcp 143 | < "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"
+ imap | tcp | > "a001 LOGIN joe secret\r\n"
+ imap | tcp | < "* OK ready\r\n" > ". CAPABILITY\r\n"
~ | tcp 143 | > "a001 LOG"
- | tcp 143 | < "* OK ready\r\n" > "a001 FETCH 1\r\n"
- | tcp 143 | < "220 ready\r\n" > "GET / HTTP/1.1\r\n\r\n"
