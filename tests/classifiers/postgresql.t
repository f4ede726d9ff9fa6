# see README.md
+ postgresql | tcp 5432 | 00000008 04d2162f
+ postgresql | tcp | 00000008 04d21630
+ postgresql | tcp | 00000010 04d2162e 00001234 deadbeef
+ postgresql | tcp 5432 | 00000021 00030000 "user" 00 "joe" 00 "database" 00 "x" 00 00
- | tcp 5432 | 00000009 04d2162f
- | tcp 5432 | 00000021 00020000 "user" 00 "joe" 00
- | tcp 5432 | 00000021 00030000 "uses" 00 "joe" 00
