# see README.md
+ dns host=www.example.com | udp 53 | 1234 0100 0001 0000 0000 0000 03 "www" 07 "Example" 03 "com" 00 0001 0001
+ dns host=example.com | udp | 1234 0120 0001 0000 0000 0001 07 "example" 03 "com" 00 0041 0001 00 0029 1000 00000000 0000
+ dns host=example.com | tcp 53 | 001d 1234 0100 0001 0000 0000 0000 07 "example" 03 "com" 00 00ff 0001
+ dns host=example.com | tcp | 001d 1234 0100 0001 0000 0000 0000 07 "example" 03 "com" 00 00ff 0001
+ dns | udp 53 | 1234 0120 0001 0000 0000 0000 00 0002 0001
# an update; an answer that comes first
+ dns host=example.com | udp 53 | 1234 2800 0001 0000 0000 0000 07 "example" 03 "com" 00 0006 0001
+ dns host=example.com | udp 53 | 1234 8180 0001 0001 0000 0000 07 "example" 03 "com" 00 0001 0001 c00c 0001 0001 0000003c 0004 c0000201
# its kin
+ mdns host=_ipp._tcp.local | udp 5353 | 0000 0000 0001 0000 0000 0000 04 "_ipp" 04 "_tcp" 05 "local" 00 000c 8001
+ mdns host=printer.local | udp 5353 | 0000 8400 0000 0001 0000 0000 07 "printer" 05 "local" 00 0001 8001 00000078 0004 c0000201
+ llmnr host=wpad | udp 5355 | 0102 0000 0001 0000 0000 0000 04 "wpad" 00 0001 0001
+ netbios | udp 137 | 0102 0110 0001 0000 0000 0000 20 "FHFAEBEECACACACACACACACACACACAAA" 00 0020 0001
+ netbios | udp | 0102 8580 0000 0001 0000 0000 20 "FHFAEBEECACACACACACACACACACACAAA" 00 0020 0001 00000000 0006 6000 c0000201
# the second label cut off; no question; bytes behind the end; a class that is none
~ | tcp 53 | 001d 1234 0100 0001 0000 0000 0000 07 "exa"
- | udp 53 | 1234 0100 0001 0000 0000 0000 07 "exa"
- | udp | 1234 0100 0000 0000 0000 0000
- | udp | 1234 0100 0001 0000 0000 0000 07 "example" 03 "com" 00 0001 0001 00
- | udp 53 | 1234 0100 0001 0000 0000 0000 07 "example" 03 "com" 00 0001 0009
- | tcp | 1603 0100 2d01 0000 2903 03 01*32 0000 02002f0100
