# see README.md
+ rsync | tcp 873 | > "@RSYNCD: 31.0\n"
+ rsync | tcp | < "@RSYNCD: 30.0\n"
- | tcp 873 | > "GET / HTTP/1.0\r\n" < "@RSYNC: 30.0\n"
