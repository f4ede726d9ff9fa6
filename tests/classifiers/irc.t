# see README.md
+ irc | tcp 6667 | "NICK joe\r\nUSER joe 0 * :Joe\r\n"
+ irc | tcp | "USER joe +iw joe :Joe D\r\nNICK joe\r\n"
+ irc | tcp | "CAP LS 302\r\nNICK joe\r\n"
+ irc | tcp | "PASS x\r\nNICK joe\r\nUSER joe 0 * :Joe\r\n"
~ | tcp 6667 | "NICK joe\r\n"
- | tcp 6667 | "USER joe\r\nPASS x\r\n"
- | tcp 6667 | "GET / HTTP/1.1\r\n\r\n"
