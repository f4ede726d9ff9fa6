# see README.md
+ redis | tcp 6379 | "*1\r\n$4\r\nPING\r\n"
+ redis | tcp | "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n"
~ | tcp 6379 | "*2\r\n$3\r\nGE"
- | tcp 6379 | "*2\r\n$4\r\nGET\r\n"
- | tcp 6379 | "*x\r\n"
- | tcp 6379 | "*0\r\n$4\r\nPING\r\n"
