#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes to the physical memory of a stopped machine, through QEMU's gdb stub.

usage: gdb-write SOCKET <PLAN

PLAN has lines of RULE PFN ADDRESS BYTES, the last two in hexadecimal.  The connection is closed
without a word: on "detach" the machine would go on.
"""
import socket
import sys


def packet(stub, text):
    """Sends one packet and returns the answer to it."""
    stub.sendall(b"$%s#%02x" % (text.encode(), sum(text.encode()) & 255))
    answer = b""
    while b"#" not in answer or len(answer) < answer.index(b"#") + 3:
        more = stub.recv(4096)
        if not more:
            sys.exit("gdb-write: the stub closed the connection")
        answer += more
    stub.sendall(b"+")
    return answer[answer.index(b"$") + 1:answer.index(b"#")].decode()


def main():
    stub = socket.socket(socket.AF_UNIX)
    stub.settimeout(120)
    stub.connect(sys.argv[1])
    if packet(stub, "Qqemu.PhyMemMode:1") != "OK":
        sys.exit("gdb-write: this QEMU has no physical memory mode")
    for line in sys.stdin:
        _, _, address, new = line.split()
        where = "%x,%x" % (int(address, 16), len(new) // 2)
        if packet(stub, "M%s:%s" % (where, new)) != "OK":
            sys.exit("gdb-write: %s cannot be written" % address)
        if packet(stub, "m" + where) != new:
            sys.exit("gdb-write: %s does not hold what was written" % address)


main()
