# see README.md
+ rtsp host=cam.example.org path=/live/1 | tcp 554 | "DESCRIBE rtsp://cam.example.org:8554/live/1 RTSP/1.0\r\nCSeq: 2\r\n\r\n"
+ rtsp host=cam.example.org | tcp | "OPTIONS rtsp://cam.example.org RTSP/1.0\r\n"
+ rtsp | tcp | "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"
+ rtsp host=2001:db8::1 path=/a | tcp | "SETUP rtsp://[2001:db8::1]:554/a RTSP/1.0\r\n"
~ | tcp 554 | "OPTIONS rtsp://cam.example.org/x RT"
- | tcp 554 | "OPTIONS * HTTP/1.1\r\n\r\n"
- | tcp 554 | "GET /x RTSP/1.0\r\n"
