# see README.md
+ syslog | udp 514 | "<34>1 2024-05-01T10:00:00Z host app - - - hello"
+ syslog | udp | "<13>Oct 11 22:14:15 host su: failed"
+ syslog | udp 514 | "<134>some device says this"
+ syslog | tcp | "27 <34>Oct 11 22:14:15 h a: x\n"
+ syslog | tcp | "<34>1 2024-05-01T10:00:00Z h a - - - x\n"
- | udp | "<134>some device says this"
- | udp 514 | "<192>Oct 11 22:14:15 host su: failed"
- | udp 514 | "<134>" 0102030405060708
- | tcp 514 | "<html>"
