# see README.md
+ dropbox | udp 17500 | "{\"host_int\": 123456, \"version\": [2, 0], \"port\": 17500}"
+ dropbox | udp 17500 | "{\"version\": [1, 8], \"namespaces\": [1, 2]}"
- | udp | "{\"host_int\": 123456, \"version\": [2, 0], \"port\": 17500}"
- | udp 17500 | "{\"messageType\": \"UPDATE\"}"
- | udp 17500 | 43 03 3501 "oRM" 72 445c
