# see README.md
~ nntp | tcp 119 | < "200 news.example.org InterNetNews NNRP server ready\r\n"
+ nntp | tcp | < "201 ready\r\n" > "MODE READER\r\nGROUP news.test\r\n"
~ | tcp 119 | < "200 ready\r\n" > "LIS"
- | tcp 119 | < "200 ready\r\n" > "GET / HTTP/1.1\r\n"
- | tcp 119 | < "400 go away\r\n" > "GROUP x\r\n"
