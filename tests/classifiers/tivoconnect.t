# see README.md
+ tivoconnect | udp 2190 | "TiVoConnect=1\nswversion=1.0\n"
- | udp 2190 | "TivoConnect=1\n"
- | udp 2190 | "TiVo"
