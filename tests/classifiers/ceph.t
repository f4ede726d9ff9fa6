# see README.md
+ ceph | tcp 6789 | "ceph v027" 00*8
+ ceph | tcp 3300 | "ceph v2\n" 1000
- | tcp 6789 | "ceph v3"
