// A node http server that says hello; keep-alive is node's own.
const http = require("http");

http.createServer((request, answer) => {
  request.resume();
  request.on("end", () => answer.end("hello\n"));
}).listen(Number(process.argv[2]), "127.0.0.1");
