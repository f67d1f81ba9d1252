"""An echo server of threads: one accepts and blocks in that, each of the others has connections, an epoll and a pipe
that says that another one has come."""

import os
import select
import socket
import sys
import threading

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))


class Worker(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.ep = select.epoll()
        self.told, self.tell = os.pipe()
        self.new, self.conns = [], {}
        self.ep.register(self.told, select.EPOLLIN)

    def run(self):
        while True:
            for fd, _ in self.ep.poll():
                if fd == self.told:
                    os.read(self.told, 1)
                    c = self.new.pop(0)
                    self.conns[c.fileno()] = c
                    self.ep.register(c, select.EPOLLIN | select.EPOLLET)
                else:
                    self.echo(self.conns[fd])

    def echo(self, c):
        while True:
            try:
                data = c.recv(4096)
            except BlockingIOError:
                return
            if not data:
                self.conns.pop(c.fileno()).close()
                return
            c.send(data)


workers = [Worker() for _ in range(2)]
for worker in workers:
    worker.start()
turn = 0
while True:
    c, _ = listener.accept()
    c.setblocking(False)
    worker = workers[turn % len(workers)]
    turn += 1
    worker.new.append(c)
    os.write(worker.tell, b"+")
