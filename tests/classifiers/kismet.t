# see README.md
+ kismet | tcp 2501 | < "*KISMET: 0.0.0 1144003408 \x01Kismet\x01\n"
- | tcp 2501 | < "*KISMES: 0.0.0"
