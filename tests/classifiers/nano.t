# see README.md
+ nano | tcp 7075 | "RC" 14 12 0a 05 00f0
- | tcp 7075 | "RC" 14 15 0a 05 00f0
- | tcp 7075 | "RD" 14 12 0a 05
- | tcp 7075 | "RC" 14 12 0a 01
