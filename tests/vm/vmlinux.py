#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vmlinux.py - takes the kernel proper out of a bzImage: vmlinux.py BZIMAGE VMLINUX
#
# A guest that starts with it spares the firmware and the decompressor, which are slow, and at times stuck, where
# the processor is emulated. Offsets: the kernel's Documentation/arch/x86/boot.rst, "setup_sects", "payload_offset".

import gzip
import lzma
import struct
import subprocess
import sys


def unpack(payload):
    if payload.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMADecompressor().decompress(payload)
    if payload.startswith(b"\x1f\x8b"):
        return gzip.decompress(payload[:-4])  # its last four bytes are the length
    if payload.startswith(b"\x28\xb5\x2f\xfd"):
        return subprocess.run(["zstd", "-dc"], input=payload[:-4], stdout=subprocess.PIPE, check=True).stdout
    sys.exit("vmlinux.py: a compression that is not known here")


with open(sys.argv[1], "rb") as image:
    data = image.read()
setup_sectors = data[0x1F1] or 4
offset, length = struct.unpack_from("<II", data, 0x248)
begin = (setup_sectors + 1) * 512 + offset
kernel = unpack(data[begin : begin + length])
if not kernel.startswith(b"\x7fELF"):
    sys.exit("vmlinux.py: what is inside is no ELF file")
with open(sys.argv[2], "wb") as out:
    out.write(kernel)
