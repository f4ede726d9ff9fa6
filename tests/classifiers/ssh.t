# the Secure Shell's first line; see README.md
+ ssh | tcp 22 | "SSH-2.0-OpenSSH_9.2\r\n"
+ ssh | tcp 2222 | < "SSH-2.0-dropbear\r\n" > "SSH-1.99-Cisco-1.25\n"
# the server alone says the same to anybody
~ | tcp 22 | < "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"
- | tcp 22 | < "SSH-2.0-OpenSSH_9.2\r\n" > "GET / HTTP/1.1\r\n\r\n"
- | tcp 22 | "SSH-3.0-x\r\n"
- | tcp 22 | "SSL-2.0-x\r\n"
