# see README.md
+ git host=git.example.org path=/linux.git | tcp 9418 | "0039git-upload-pack /linux.git" 00 "host=git.example.org:9418" 00
+ git path=/a | tcp | "0018git-receive-pack /a" 00 00*0
~ | tcp 9418 | "0039git-upload-pack /linux.git" 00 "host=git.exa"
- | tcp 9418 | "0039git-download-pack /linux.git" 00
- | tcp 9418 | "0x39git-upload-pack /linux.git" 00
