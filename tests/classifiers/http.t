# HTTP requests and what runs inside; see README.md
+ http host=www.example.com path=/ | tcp 80 | "GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
+ http host=www.example.com path=/a/b.html?c=d&e=%20f | tcp 8080 | "GET /a/b.html?c=d&e=%20f HTTP/1.1\r\nUser-Agent: x\r\nhOsT :\tWWW.Example.COM:8080 \r\nAccept: */*\r\n\r\n"
+ http host=2001:db8::1 path=/ | tcp | "GET / HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n"
+ http host=192.0.2.7 path=/x | tcp | "HEAD /x HTTP/1.0\r\nHost: 192.0.2.7\r\n\r\n"
# no host, an empty one, one that is none, two of them, one in a folded line
+ http path=/ | tcp | "GET / HTTP/1.0\r\n\r\n"
+ http path=/ | tcp | "GET / HTTP/1.1\r\nHost:\r\n\r\n"
+ http path=/ | tcp | "GET / HTTP/1.1\r\nHost: no host\r\n\r\n"
+ http host=a.example path=/ | tcp | "GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n"
+ http host=b.example path=/ | tcp | "GET / HTTP/1.1\r\nX-Comment: folded\r\n Host: a.example\r\nHost: b.example\r\n\r\n"
# line ends: bare LF; empty lines in front
+ http host=a.example path=/qwe | tcp | "POST /qwe HTTP/1.1\nHost: a.example\n\nbody"
+ http host=a.example path=/ | tcp | "\r\n\r\nGET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
- | tcp | "\r\n\r\n\r\nGET / HTTP/1.1\r\n"
# all methods, usual or not
+ http host=a.example path=/dav/x | tcp | "PROPFIND /dav/x HTTP/1.1\r\nHost: a.example\r\n\r\n"
+ http host=a.example path=* | tcp | "OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n"
+ http path=/upnp/event | tcp | "NOTIFY /upnp/event HTTP/1.1\r\n\r\n"
+ http path=/WANIPConnection | tcp | "NOTMETHOD /WANIPConnection HTTP/1.1\r\n\r\n"
+ http host=a.example path=/rpc/rpcproxy.dll?b:6001 | tcp | "RPC_IN_DATA /rpc/rpcproxy.dll?b:6001 HTTP/1.1\r\nHost: a.example\r\n\r\n"
# absolute form: its host counts, not the field's (RFC 9112 3.2.2)
+ http host=www.example.org path=/pub/x.html?y | tcp 3128 | "GET http://www.example.org/pub/x.html?y HTTP/1.1\r\nHost: proxy.example\r\n\r\n"
+ http host=www.example.org path=?y | tcp 3128 | "GET http://user:pw@www.example.org:81?y HTTP/1.1\r\n\r\n"
+ http host=www.example.org | tcp 3128 | "GET HTTP://www.example.org HTTP/1.1\r\n\r\n"
+ http host=a.example path=/r?to=http://b.example/ | tcp | "GET /r?to=http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n"
# CONNECT
+ http host=www.example.org | tcp 3128 | "CONNECT www.example.org:443 HTTP/1.1\r\nHost: www.example.org:443\r\n\r\n" 160301
+ http host=mail.example.org | tcp 3128 | "CONNECT mail.example.org:25 / HTTP/1.0\r\n\r\n"
+ http host=a.example | tcp | "CONNECT / HTTP/1.1\r\nHost: a.example\r\n\r\n"
# odd targets; blanks in them
+ http host=a.example path=/a\x20b\x20c | tcp | "GET /a b c HTTP/1.1\r\nHost: a.example\r\n\r\n"
+ http | tcp | "GET . HTTP/1.0\r\n\r\n"
+ http path=/~n\xc3\xa9 | tcp | "GET /~n\xc3\xa9 HTTP/1.0\r\n\r\n"
# HTTP/0.9 has no version; some forget the version and go on with fields
~ http path=/index.html | tcp | "GET /index.html\r\n"
+ http path=/gen host=a.example | tcp | "GET /gen\r\nHost: a.example\r\n\r\n"
- | tcp | "GET key\r\n"
- | tcp | "WHATEVER /index.html\r\n"
# responses first, from the client's side; the server's bytes do not matter
+ http | tcp | "HTTP/1.1 200 OK\r\n"
- | tcp | "HTTP/1.1 OK\r\n"
- | tcp | "HTTP/3 200"
+ http host=a.example path=/ | tcp | < "HTTP/1.1 200 OK\r\n\r\n" > "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
~ | tcp | < "HTTP/1.1 200 OK\r\n\r\n"
# app, path and host come one by one
~ | tcp | "GET"
~ http | tcp | "GET / HTTP/1.1"
~ http path=/ | tcp | "GET / HTTP/1.1\r\nHost: a.exa"
~ http path=/ host=a.example | tcp | "GET / HTTP/1.1\r\nHost: a.example\r\nAccept:"
# long ones
~ http path=/ host=a.example | tcp | "GET / HTTP/1.1\r\nHost: a.example\r\nCookie: " "c"*1100
~ http | tcp | "GET /" "long"*400
+ http path=/ host=a.example | tcp | "GET / HTTP/1.1\r\nCookie: " "c"*3000 "\r\nHost: a.example\r\n\r\n"
- | tcp | "WORDS " "and words "*2000
# the line of an unusual method says what it is at its end
~ | tcp | "QUERY /users HTTP/1.1"
~ http path=/users | tcp | "QUERY /users HTTP/1.1\r\n"
# what runs inside
+ websocket host=a.example path=/chat | tcp | "GET /chat HTTP/1.1\r\nHost: a.example\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\n"
+ http host=a.example path=/ | tcp | "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
+ hls host=cdn.example path=/live/index.M3U8?t=1 | tcp | "GET /live/index.M3U8?t=1 HTTP/1.1\r\nHost: cdn.example\r\n\r\n"
+ dash host=cdn.example path=/v/manifest.mpd | tcp | "GET /v/manifest.mpd HTTP/1.1\r\nHost: cdn.example\r\n\r\n"
+ http host=cdn.example path=/?f=a.m3u8 | tcp | "GET /?f=a.m3u8 HTTP/1.1\r\nHost: cdn.example\r\n\r\n"
+ icecast host=radio.example path=/live.ogg | tcp 8000 | "SOURCE /live.ogg HTTP/1.0\r\nHost: radio.example\r\nAuthorization: Basic eDp5\r\n\r\n"
+ icecast host=radio.example path=/live.ogg | tcp 8000 | "PUT /live.ogg HTTP/1.1\r\nHost: radio.example\r\nIce-Public: 1\r\nExpect: 100-continue\r\n\r\n"
+ rtmpt host=video.example path=/open/1 | tcp | "POST /open/1 HTTP/1.1\r\nHost: video.example\r\nContent-Type: application/x-fcs\r\nContent-Length: 1\r\n\r\n\0"
+ rtmpt host=video.example path=/fcs/ident2 | tcp | "POST /fcs/ident2 HTTP/1.1\r\nHost: video.example\r\n\r\n"
+ rtmpt host=video.example path=/send/123/4 | tcp | "POST /send/123/4 HTTP/1.1\r\nHost: video.example\r\nContent-Type: application/x-fcs\r\n\r\n"
+ http host=video.example path=/send/123/4 | tcp | "POST /send/123/4 HTTP/1.1\r\nHost: video.example\r\n\r\n"
# HTTP/2 with prior knowledge: static names, plain and Huffman strings (RFC 7541 C.3.1, C.4.1), padding and priority
~ http2 | tcp | "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" 000000 04 00 00000000
+ http2 host=www.example.com path=/ | tcp | "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" 000006 04 00 00000000 000300000064 000004 08 00 00000000 000fff01 000014 01 04 00000001 82 86 84 41 0f "www.example.com"
+ http2 host=www.example.com path=/ | tcp | "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" 000011 01 04 00000001 828684418cf1e3c2e5f23a6ba0ab90f4ff
+ http2 host=www.example.com path=/index.html | tcp | "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" 00001a 01 2c 00000001 03 0000000010 82 87 85 3fe11f 41 8c f1e3c2e5f23a6ba0ab90f4ff 000000
+ http2 host=a.example path=/x | tcp | "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" 000023 01 04 00000001 00 0a ":authority" 09 "a.example" 10 05 ":path" 02 "/x" 00 01 "x" 00
+ http2 | tcp | "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" 000003 01 04 00000001 418cf1
+ http2 | tcp | "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" ffffff 00 00 00000000
~ | tcp | "PRI * HTTP/2.0\r\n\r\n"
# not HTTP
~ | tcp | ""
- | tcp | "SSH-2.0-OpenSSH_9.2\r\n"
- | tcp | "EHLO mail.example.org\r\n"
- | tcp | "USER anonymous\r\n"
- | tcp | "OPTIONS rtsp://a.example/x RTSP/1.0\r\n"
- | tcp | "REGISTER sip:a.example SIP/2.0\r\n"
- | tcp | "GNUTELLA CONNECT/0.6\r\n"
- | tcp | "AB \0\x01"
- | tcp | 1603010001
- | tcp | "ABCDEFGHIJKLMNOPQRSTUVWXYZ / HTTP/1.1\r\n"
- | tcp | "GET\r\n"
- | tcp | " GET / HTTP/1.1\r\n"
