# see README.md
+ gnutella | tcp 6346 | "GNUTELLA CONNECT/0.6\r\n"
- | tcp 6346 | "GNUTELLA/0.6 200 OK\r\n"
- | tcp 6346 | "GNUTELLA CONNECT/1.0"
