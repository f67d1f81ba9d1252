"""An echo server on select(2) in a program that has a thousand files open."""

import argparse
import os
import resource
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
parser.add_argument("--first-fd", type=int, default=1022, help="open files until this number is the next")
opt = parser.parse_args()

listener = socket.create_server(("127.0.0.1", opt.port))
print("listening on port", listener.getsockname()[1], flush=True)

socks = [listener]
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(2048, hard)), hard))
files = [open(os.devnull)]  # what a busy program has open besides
while files[-1].fileno() < opt.first_fd - 1:
    files.append(open(os.devnull))

while True:
    r, w, x = select.select(
        socks,
        [],
        [],
    )
    for s in r:
        if s is listener:
            c, _ = s.accept()
            socks.append(c)
            continue
        data = s.recv(4096)
        if data:
            s.send(data)
        else:
            socks.remove(s)
            s.close()
