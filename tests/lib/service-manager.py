#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""service-manager.py - what systemd does for a service of Type=notify with FileDescriptorStoreMax= and RestartKillSignal=SIGUSR2

usage: service-manager.py COMMAND [ARGUMENT...]

Runs the command, keeps the descriptors that it stores (sd_pid_notify_with_fds(3)), and hands them to it whenever it is begun anew:
after a crash, and at SIGHUP, which restarts it. SIGTERM ends both, and so does a
start that fails. Says "started PID", "ready", "stored NAME", "removed NAME",
"ended PID", a line each. The store is emptied when the service is ended for good.
"""
import array
import fcntl
import os
import select
import signal
import socket
import sys
import tempfile

directory = tempfile.mkdtemp(prefix="notify-", dir=os.environ.get("NETNS_DIR"))
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(directory + "/socket")
store = {}  # name: descriptor
ready = False  # the one that runs
wake, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
signal.set_wakeup_fd(waker)
for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGCHLD):
    signal.signal(number, lambda *_: None)


def say(*words):
    print(*words, flush=True)


def begin():
    pid = os.fork()
    if pid == 0:
        os.environ.update(NOTIFY_SOCKET=directory + "/socket", FDSTORE="64")
        if store:
            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(store)), LISTEN_FDNAMES=":".join(store))
        # first out of the way of each other
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 100) for fd in store.values()]
        for i, fd in enumerate(high):
            os.dup2(fd, 3 + i, inheritable=True)
        os.execvp(sys.argv[1], sys.argv[1:])
    say("started", pid)
    return pid


def take_message():
    global ready
    size = array.array("i").itemsize
    text, extra, _, _ = notify.recvmsg(4096, socket.CMSG_SPACE(64 * size))
    fds = array.array("i")
    for _, _, data in extra:
        fds.frombytes(data[: len(data) - len(data) % size])
    words = dict(line.split("=", 1) for line in text.decode().splitlines() if "=" in line)
    name = words.get("FDNAME", "stored")
    if "FDSTORE" in words and fds:
        store[name] = fds.pop(0)
        say("stored", name)
    if "FDSTOREREMOVE" in words and name in store:
        os.close(store.pop(name))
        say("removed", name)
    if words.get("READY") == "1":
        ready = True
        say("ready")
    for fd in fds:
        os.close(fd)


service, going = begin(), True
while True:
    readable, _, _ = select.select([notify, wake], [], [])
    if notify in readable:
        take_message()
        continue
    for number in os.read(wake, 64):
        if number == signal.SIGHUP:
            os.kill(service, signal.SIGUSR2)
        elif number == signal.SIGTERM:
            going = False
            os.kill(service, signal.SIGTERM)
    if os.waitpid(service, os.WNOHANG)[0] == 0:
        continue
    while select.select([notify], [], [], 0)[0]:
        take_message()
    say("ended", service)
    if not (going and ready):  # one that does not get ready is not tried for ever
        break
    ready = False
    service = begin()
for fd in store.values():
    os.close(fd)
os.unlink(directory + "/socket")
os.rmdir(directory)
