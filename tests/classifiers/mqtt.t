# see README.md
+ mqtt | tcp 1883 | 10 10 0004 "MQTT" 04 02 003c 0004 "test"
+ mqtt | tcp | 10 8e01 0006 "MQIsdp" 03 02 003c 0004 "test"
+ mqtt | tcp | 10 10 0004 "MQTT" 85 02 003c 0004 "test"
- | tcp 1883 | 10 10 0004 "MQTX" 04 02 003c
- | tcp 1883 | 10 10 0004 "MQTT" 06 02 003c
- | tcp 1883 | 20 02 0000
