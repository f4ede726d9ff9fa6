# see README.md
+ openwire | tcp 61616 | 000000f0 01 "ActiveMQ" 0000000c
- | tcp 61616 | 000000f0 02 "ActiveMQ"
- | tcp 61616 | 010000f0 01 "ActiveMQ"
