# see README.md
+ megaco | udp 2944 | "MEGACO/1 [10.0.0.1]:2944\n"
+ megaco | tcp | "!/1 <gw1>\nT=5{C=-{AV=x}}"
- | udp 2944 | "MEGACO/9 [10.0.0.1]:2944\n"
- | udp 2944 | "!/1 \n"
