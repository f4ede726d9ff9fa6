# see README.md
+ mgcp | udp 2427 | "RSIP 26266 *@gw1.example.org MGCP 1.0\r\nRM: restart\r\n"
+ mgcp | udp | "AUEP 1 aaln/1@gw1 MGCP 0.1\n"
- | udp 2427 | "RSIP x *@gw1.example.org MGCP 1.0\r\n"
- | udp 2427 | "RSIP 26266 *@gw1.example.org HTTP/1.0\r\n"
- | udp 2427 | "ABCD 1 x MGCP 1.0\r\n"
