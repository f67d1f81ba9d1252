import socketserver


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(4096):
            self.request.sendall(data)


with socketserver.TCPServer(("127.0.0.1", 0), Echo) as server:
    server.serve_forever()
