# see README.md
+ rsh | tcp 514 | "1020" 00 "joe" 00 "joe" 00 "ls" 00
+ rlogin | tcp 513 | 00 "joe" 00 "joe" 00 "xterm/38400" 00
- | tcp | "1020" 00 "joe" 00 "joe" 00 "ls" 00
- | tcp 513 | "1020" 00 "joe" 00 "joe" 00 "xterm/38400" 00
- | tcp 514 | "x020" 00 "joe" 00
