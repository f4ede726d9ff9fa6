# see README.md
+ ssdp | udp 1900 | "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n"
+ ssdp | udp | "NOTIFY * HTTP/1.1\r\nHOST: [ff02::c]:1900\r\n"
+ ssdp | udp | "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nUSN: uuid:1\r\n\r\n"
- | udp 1900 | "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"
- | udp 1900 | "GET / HTTP/1.1\r\n\r\n"
