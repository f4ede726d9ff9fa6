# see README.md
+ hl7 | tcp 2575 | 0b "MSH|^~\\&|LAB|HOSPITAL\r"
- | tcp 2575 | 0b "MSA|^~"
- | tcp 2575 | "MSH|^~"
