# see README.md
+ minecraft host=play.example.org | tcp 25565 | 17 00 fd05 10 "Play.example.org" 63dd 02 09 00 07 "notchxx"
+ minecraft host=play.example.org | tcp | 1c 00 fd05 15 "play.example.org" 00 "FML" 00 63dd 01 01 00
~ | tcp 25565 | 17 00 fd05 10 "play.exam"
- | tcp 25565 | 17 00 fd05 10 "play.example.org" 63dd 04
- | tcp 25565 | 16 00 fd05 10 "play.example.org" 63dd 02 00
- | tcp 25565 | 17 01 fd05 10 "play.example.org" 63dd 02
