"""The sentences on events."""

from __future__ import annotations

from typing import Final

SENTENCES: Final[dict[str, str]] = {
    # words
    "{count} byte": "{count} 字节",
    "{count} bytes": "{count} 字节",
    "{count} connection": "{count} 个连接",
    "{count} connections": "{count} 个连接",
    "the listener": "监听套接字",
    "fd {fd} (client {client})": "fd {fd}（客户端 {client}）",
    "fd {fd}": "fd {fd}",
    "client {client}": "客户端 {client}",
    "the other end": "对端",
    "The server": "服务器",
    "The program": "程序",
    "the server": "服务器",
    "the program": "程序",
    "nothing": "（无）",
    # before anything
    "Nothing has happened yet. The first step lets every server make its first call.":
        "还什么都没有发生。第一步让每个服务器发出它的第一个系统调用。",
    "The program has made no call yet that muxviz sees.": "程序还没有发出 muxviz 能看到的系统调用。",
    "The program stands before its first call, {call}.": "程序停在它的第一个系统调用 {call} 之前。",
    "The program stands before its first call, {call}, in line {line} of {file}.":
        "程序停在它的第一个系统调用 {call} 之前：{file} 第 {line} 行。",
    # client actions
    "{who} connects": "{who} 连接",
    "{who} connect": "{who} 连接",
    "{who} begins to connect": "{who} 开始连接",
    "{who} waits to connect": "{who} 等待连上",
    "{who} sends {count} bytes": "{who} 发送 {count} 字节",
    "{who} sends {count} more": "{who} 再发 {count} 字节",
    "{who} sends urgent data": "{who} 发送带外数据",
    "{who} reads": "{who} 读取",
    "{who} reads {count} bytes": "{who} 读取 {count} 字节",
    "{who} reads to the end": "{who} 读到流结束",
    "{who} half-closes": "{who} 半关闭",
    "{who} closes": "{who} 关闭",
    "{who} resets": "{who} 重置连接",
    "{who} makes a socket": "{who} 创建套接字",
    # calls in general
    "{call} on {fd} returned {ret}.": "对 {fd} 的 {call} 返回 {ret}。",
    "{call} returned {ret}.": "{call} 返回 {ret}。",
    "A call": "一个调用",
    "{call} failed with {error}: {meaning}.": "{call} 失败，错误 {error}：{meaning}。",
    "{call} on {fd} failed with {error}: {meaning}.": "对 {fd} 的 {call} 失败，错误 {error}：{meaning}。",
    # descriptors
    "The socket has its address. Nobody can connect before listen.": "套接字有了地址；在 listen 之前，谁也连不上。",
    "The server made an epoll: fd {ret}. The kernel keeps its interest list there.":
        "服务器创建了一个 epoll：fd {ret}。关注列表保存在内核里。",
    "The server listens: the kernel completes connections by itself and queues them for accept.":
        "服务器开始监听：此后由内核自行完成握手，把连接排进队列等待 accept。",
    "It asked for a backlog of {backlog}; that limits the accept queue.":
        "它要求的 backlog 是 {backlog}，这限制了 accept 队列的长度。",
    "ERR and HUP are reported without asking.": "ERR 和 HUP 不必请求，总会报告。",
    "It holds from the next wait on.": "从下一次等待起生效。",
    "The server accepted {client} as fd {fd}.": "服务器接受了{client}，得到 fd {fd}。",
    "It is not watched until it is registered with epoll_ctl, or named in the next select or poll.":
        "要等到用 epoll_ctl 注册，或写进下一次 select、poll 的列表，才会有人关注它。",
    "1 more still waits in the accept queue.": "accept 队列里还有 1 个连接。",
    "{left} more still wait in the accept queue.": "accept 队列里还有 {left} 个连接。",
    "The listener's edge was reported already: a wait now would say nothing of that.":
        "监听套接字的边缘已经报告过：现在再等待，不会再提起它们。",
    "{bytes} came before anybody watched it.": "在有人关注它之前，已经到了 {bytes}。",
    "The server made a socket: fd {fd}.": "服务器创建了一个套接字：fd {fd}。",
    "The server made a datagram socket: fd {fd}. It needs no listen and no accept.":
        "服务器创建了一个数据报套接字：fd {fd}。它不需要 listen，也不需要 accept。",
    "The server made two sockets that are connected to each other: fd {one} and fd {other}.":
        "服务器创建了一对互相连接的套接字：fd {one} 和 fd {other}。",
    "The server made two sockets that are connected to each other.": "服务器创建了一对互相连接的套接字。",
    "The server ended its side of {fd}: {client} can read to the end, and then gets 0 bytes.":
        "服务器结束了 {fd} 上自己的发送方向：{client}读完剩余数据后会读到 0 字节。",
    "The fd stays open, and what the other side sends can still be read.": "fd 仍然打开，对端发来的数据还能读。",
    "The server will read no more from {fd}; nothing of that reaches {client}.":
        "服务器不再从 {fd} 读取；{client}对此一无所知。",
    "The server ended both directions of {fd}.": "服务器结束了 {fd} 的两个方向。",
    "The fd stays open until close.": "在 close 之前，fd 仍然打开。",
    "The server set {option} of {fd} to {value}.": "服务器把 {fd} 的 {option} 设为 {value}。",
    "The server set an option of {fd}.": "服务器设置了 {fd} 的一个选项。",
    "The server set the address that {fd} sends to; that sends nothing.":
        "服务器设定了 {fd} 的目的地址；这一步不发送任何东西。",
    "The server connected {fd}.": "服务器让 {fd} 连上了对端。",
    "The kernel now watches {fd} for {flags}.": "内核从此关注 {fd} 的 {flags}。",
    "The server now asks for {flags} on {fd}.": "服务器现在对 {fd} 请求 {flags}。",
    "The kernel no longer watches {fd}.": "内核不再关注 {fd}。",
    "The fd itself stays open.": "fd 本身仍然打开。",
    "epoll_ctl {op} for {fd}.": "对 {fd} 执行 epoll_ctl {op}。",
    "{bytes} were there already: the next wait reports them all the same, edge or level.":
        "在此之前已有 {bytes}到达：无论边缘触发还是水平触发，下一次等待照样报告。",
    "{bytes} are unread, and MOD looks again: the next wait reports them, edge or level.":
        "有 {bytes}未读，而 MOD 会重新检查：无论边缘触发还是水平触发，下一次等待都会报告。",
    "It is armed again, for one report.": "它重新启用，可以再报告一次。",
    "MOD looks again: what is unread would count as a new edge, but nothing is.":
        "MOD 会重新检查：若有未读数据，会算作一次新的边缘；现在没有。",
    "The garbage collector closed {fd}: the program had let go of it.":
        "垃圾回收器关闭了 {fd}：程序已经不再引用它。",
    "The server closed {fd} ({client}).": "服务器关闭了 {fd}（{client}）。",
    "The server closed {fd}.": "服务器关闭了 {fd}。",
    "{bytes} were never read, so the kernel sends an RST and no ordinary end.":
        "还有 {bytes}从未读取，所以内核发出的是 RST，而不是正常的结束。",
    "epoll forgets a closed fd by itself.": "epoll 会自动忘掉已关闭的 fd。",
    "epoll would forget it by itself; the list of a select or a poll has to drop it.":
        "epoll 会自动忘掉它；select 或 poll 的列表则必须自己把它删去。",
    "A second number, fd {ret}, now stands for the same file as {fd}.":
        "现在又有一个号码 fd {ret}，与 {fd} 指向同一个文件。",
    "To the kernel it is one file: it ends when the last of its numbers is closed.":
        "对内核来说它们是同一个文件：最后一个号码关闭时，它才结束。",
    "The server forked: process {ret} is its copy, with the same fds.":
        "服务器 fork 了：进程 {ret} 是它的副本，拥有相同的 fd。",
    # reads
    "The server read {bytes} from {fd}.": "服务器从 {fd} 读了 {bytes}。",
    "The server read {bytes} from {fd}; nothing is left unread.": "服务器从 {fd} 读了 {bytes}；没有未读数据了。",
    "The server read {bytes} from {fd}; nothing is left unread, and the end of the stream is next.":
        "服务器从 {fd} 读了 {bytes}；没有未读数据了，接下来是流的结束。",
    "The server read {bytes} from {fd}; 1 more is still unread.": "服务器从 {fd} 读了 {bytes}；还有 1 字节未读。",
    "The server read {bytes} from {fd}; {left} more are still unread.":
        "服务器从 {fd} 读了 {bytes}；还有 {left} 字节未读。",
    "The server read {bytes} from {fd}, all that it asked for; 1 more is still unread.":
        "服务器从 {fd} 读了 {bytes}，正是它要的数量；还有 1 字节未读。",
    "The server read {bytes} from {fd}, all that it asked for; {left} more are still unread.":
        "服务器从 {fd} 读了 {bytes}，正是它要的数量；还有 {left} 字节未读。",
    "The server read {bytes} of urgent data from {fd}.": "服务器从 {fd} 读了 {bytes}带外数据。",
    "The server looked at {bytes} of {fd} and took nothing (MSG_PEEK).":
        "服务器查看了 {fd} 的 {bytes}，没有取走（MSG_PEEK）。",
    "The level stays as it is.": "电平不变。",
    "The wire falls.": "电平线落下。",
    "The wire falls; what comes next is a new edge.": "电平线落下；此后再到的数据是一次新的边缘。",
    "The wire stays high until the server closes the fd.": "电平线一直保持高位，直到服务器关闭这个 fd。",
    "The next wait reports them: it goes by the level.": "下一次等待会再报告它们：它看的是电平。",
    "Its edge was reported already: a wait now would say nothing of them.":
        "它的边缘已经报告过：现在再等待，不会再提起这些字节。",
    "Nothing watches this fd: the rest waits until it is read.": "没有谁关注这个 fd：剩下的数据要等到有人去读。",
    "ONESHOT has fired: a wait says nothing of them until epoll_ctl(MOD).":
        "ONESHOT 已经用掉：在 epoll_ctl(MOD) 之前，等待不会提起它们。",
    "{call} returned 0 bytes: {client} has ended its side of the stream.":
        "{call} 返回 0 字节：{client}已经结束了它那一侧的流。",
    "{call} on {fd} returned 0 bytes: the end of the file, or of a pipe that nobody can write to any more.":
        "对 {fd} 的 {call} 返回 0 字节：到了文件末尾，或者管道已经没有写者。",
    # datagrams
    "The server received one datagram of {bytes} on {fd}.": "服务器在 {fd} 上收到一个 {bytes}的数据报。",
    "{call} on {fd} returned 0 bytes: an empty datagram.": "对 {fd} 的 {call} 返回 0 字节：一个空数据报。",
    "That is no end of anything: a datagram socket has no stream that could end.":
        "这不表示任何结束：数据报套接字没有会结束的流。",
    "The server received {bytes} of a datagram on {fd}; its last {cut} are thrown away.":
        "服务器在 {fd} 上只收下数据报的 {bytes}；末尾的 {cut} 字节被丢弃。",
    "A stream would have kept the rest for the next recv.": "换作字节流，剩下的会留给下一次 recv。",
    "Another one waits: one call takes one datagram.": "还有一个在等待：一次调用只取一个数据报。",
    "One call takes one datagram, whatever size it asks for.": "一次调用只取一个数据报，不管请求多大。",
    "The server sent one datagram of {bytes} from {fd}.": "服务器从 {fd} 发出一个 {bytes}的数据报。",
    "Nobody confirms it: the kernel has taken it, and that is all that is known.":
        "没有人会确认它：只知道内核已经收下。",
    # sends
    "The server sent {bytes} to {client}.": "服务器向{client}发送了 {bytes}。",
    "The server sent all {bytes} to {client}; sendall comes back only then.":
        "服务器把全部 {bytes}发给了{client}；sendall 直到这时才返回。",
    "The server wrote {bytes} to {fd}.": "服务器向 {fd} 写入了 {bytes}。",
    "The kernel took {ret} of {bytes} for {client}: its send buffer is full.":
        "发给{client}的 {bytes}中，内核只收下 {ret}：发送缓冲区满了。",
    "The rest stays in the program, which has to ask for OUT to hear of room.":
        "其余的留在程序里；程序要请求 OUT，才能知道何时有空位。",
    "{bytes} are still in the kernel's send buffer: the client takes them slowly.":
        "还有 {bytes}在内核的发送缓冲区里：客户端取得很慢。",
    "Nothing is left to send, and it still asks for OUT: if that stays, the next wait returns at once.":
        "已经没有东西要发，却仍在请求 OUT：若不取消，下一次等待会立刻返回。",
    # failures
    "{call} on {fd} returned EAGAIN: there is nothing to read.": "对 {fd} 的 {call} 返回 EAGAIN：没有可读的数据。",
    "That ends the drain: everything was taken, so the next arrival is a new edge.":
        "这次读空到此结束：数据已全部取走，下一次到达就是新的边缘。",
    "That ends the drain: everything that had come was taken.": "这次读空到此结束：到达的数据已全部取走。",
    "A socket that does not block says so instead of sleeping.": "非阻塞套接字会这样回答，而不是睡眠等待。",
    "{call} on {fd} returned EAGAIN: there is no room in the send buffer.":
        "对 {fd} 的 {call} 返回 EAGAIN：发送缓冲区没有空位。",
    "The server has to keep the bytes and ask for OUT.": "服务器必须留住这些字节，并请求 OUT。",
    "{call} on {fd} failed with {error}: the connection is broken.":
        "对 {fd} 的 {call} 失败，错误 {error}：连接已经断裂。",
    "That clears the error; another recv would return 0 bytes.": "错误由此清除；再 recv 一次会返回 0 字节。",
    "{call} on {fd} failed with ECONNREFUSED: nobody listens at the other address.":
        "对 {fd} 的 {call} 失败，错误 ECONNREFUSED：对方地址上没有人监听。",
    "That answers something sent or begun before; the call has taken the error.":
        "这是对之前发送或连接的答复；错误由这次调用取走。",
    "{call} on {fd} failed with EPIPE: the other end takes nothing any more.":
        "对 {fd} 的 {call} 失败，错误 EPIPE：对端不再接收任何数据。",
    "The first send after that is accepted and answered by an RST; the one behind it fails like this.":
        "对端关闭后的第一次 send 会被收下，换来一个 RST；再下一次就这样失败。",
    "accept returned EAGAIN: the accept queue is empty.": "accept 返回 EAGAIN：accept 队列是空的。",
    "That ends the drain: the next connection is a new edge.": "这次取空到此结束：下一个连接就是新的边缘。",
    "A wait had reported it; somebody else took the connection first.": "等待曾经报告过它；连接被别人先取走了。",
    "A listener that does not block says so instead of sleeping.": "非阻塞的监听套接字会这样回答，而不是睡眠等待。",
    "{call} on {fd} gave up: the socket's timeout of {seconds} s ran out.":
        "对 {fd} 的 {call} 放弃了：套接字的 {seconds} 秒超时已到。",
    "{call} on {fd} gave up: the socket's timeout ran out.": "对 {fd} 的 {call} 放弃了：套接字的超时已到。",
    "accept failed with EMFILE: the process has as many fds open as it may.":
        "accept 失败，错误 EMFILE：进程打开的 fd 已达上限。",
    "accept failed with ENFILE: the whole machine has as many files open as it may.":
        "accept 失败，错误 ENFILE：整台机器打开的文件已达上限。",
    "The connection stays in the accept queue, so a level wait reports it again at once.":
        "连接留在 accept 队列里，所以水平触发的等待会立刻再次报告。",
    "accept failed with ECONNABORTED: the client gave up while it waited in the queue.":
        "accept 失败，错误 ECONNABORTED：客户端在队列里等待时放弃了。",
    "connect on {fd} has begun and goes on in the kernel.": "对 {fd} 的 connect 已经开始，在内核里继续进行。",
    "OUT tells when the connection is made, or ERR that it failed.": "连上时报告 OUT；失败时报告 ERR。",
    "connect on {fd}: the one that was begun before still goes on.": "对 {fd} 的 connect：之前开始的连接还在进行。",
    "connect on {fd} failed with ECONNREFUSED: nobody listens at that address.":
        "对 {fd} 的 connect 失败，错误 ECONNREFUSED：那个地址上没有人监听。",
    "The other machine answered with an RST, so it is known at once.": "对方机器回了一个 RST，所以立刻就知道。",
    "connect on {fd} returned EAGAIN: the listener's queue is full.":
        "对 {fd} 的 connect 返回 EAGAIN：监听方的队列满了。",
    "epoll_ctl {op} for {fd} failed with EPERM: epoll does not watch regular files or directories.":
        "对 {fd} 的 epoll_ctl {op} 失败，错误 EPERM：epoll 不能关注普通文件和目录。",
    "They never make anybody wait; select and poll report them as ready every time.":
        "它们从不让人等待；select 和 poll 每次都报告它们就绪。",
    "epoll_ctl {op} for {fd} failed with EEXIST: it is in the interest list already.":
        "对 {fd} 的 epoll_ctl {op} 失败，错误 EEXIST：它已经在关注列表里。",
    "epoll_ctl {op} for {fd} failed with ENOENT: it is not in the interest list.":
        "对 {fd} 的 epoll_ctl {op} 失败，错误 ENOENT：它不在关注列表里。",
    "epoll_ctl {op} for {fd} failed with EBADF: that number is no open fd.":
        "对 {fd} 的 epoll_ctl {op} 失败，错误 EBADF：这个号码不是打开的 fd。",
    "If a dup of the file is open, epoll still reports it under this number, and can't be told to stop.":
        "如果这个文件还有打开的副本，epoll 会继续以这个号码报告它，而且无法叫停。",
    "close failed with EBADF: {fd} is not open.": "close 失败，错误 EBADF：{fd} 没有打开。",
    "shutdown on {fd} failed with ENOTCONN: the connection is gone already.":
        "对 {fd} 的 shutdown 失败，错误 ENOTCONN：连接已经不在了。",
    "bind failed with EADDRINUSE: another socket has that address.":
        "bind 失败，错误 EADDRINUSE：地址已被另一个套接字占用。",
    # clients, ends, looks
    "Client {client} connected; the kernel completed it and put it into the accept queue.":
        "客户端 {client} 已连接；内核完成了握手，把连接放进 accept 队列。",
    "Client {client} sent {bytes}.": "客户端 {client} 发送了 {bytes}。",
    "Client {client} sent {bytes}, the last of them urgent.": "客户端 {client} 发送了 {bytes}，最后一个字节是紧急的。",
    "Client {client} read {bytes}.": "客户端 {client} 读了 {bytes}。",
    "Client {client} read 0 bytes: its server has ended the stream.":
        "客户端 {client} 读到 0 字节：它的服务器已结束流。",
    "Client {client} ended its sending side.": "客户端 {client} 结束了自己的发送方向。",
    "Client {client} closed its connection.": "客户端 {client} 关闭了连接。",
    "Client {client} reset its connection: no end of stream, an RST.":
        "客户端 {client} 重置了连接：不是流的正常结束，而是一个 RST。",
    "Client {client} made a datagram socket; that sends nothing.":
        "客户端 {client} 创建了数据报套接字；这一步不发送任何东西。",
    "Client {client} made a call.": "客户端 {client} 发出了一个系统调用。",
    "Client {client} began to connect and does not wait for it.": "客户端 {client} 开始连接，并不等它完成。",
    "Client {client} is still not connected: nobody has answered, or the queue was full and the kernel dropped it.":
        "客户端 {client} 仍未连上：没有人应答，或者队列已满、请求被内核丢弃。",
    "Client {client}: {call} returned EAGAIN, it can't go on without waiting.":
        "客户端 {client}：{call} 返回 EAGAIN，不等待就无法继续。",
    "Client {client}: {call} failed with {error}: {meaning}.":
        "客户端 {client}：{call} 失败，错误 {error}：{meaning}。",
    "{action}, in every lane at once.": "{action}：同时发生在每条泳道。",
    "{action}.": "{action}。",
    "{action}, in {lanes} only.": "{action}：只发生在 {lanes}。",
    "{action}, on the listener that all share.": "{action}：连到大家共用的监听套接字。",
    "Every server sleeps in its wait, until the kernel has something to report.":
        "每个服务器都睡在等待调用里，直到内核有事可报告。",
    "It read {bytes}.": "它读到 {bytes}。",
    "It read 0 bytes: its server has ended the stream.": "它读到 0 字节：它的服务器已结束流。",
    "The connection is made and lies in the accept queue: no server did anything for it.":
        "连接已经建立，躺在 accept 队列里：没有哪个服务器为此做过什么。",
    "Every server has closed that connection already.": "每个服务器都已经关闭了这个连接。",
    "The bytes lie in each server's receive queue before any server runs again.":
        "在任何服务器再次运行之前，这些字节已经躺在每个服务器的接收队列里。",
    "Each server's socket is readable now: the end of the stream can be read.":
        "现在每个服务器的套接字都可读：可以读到流的结束。",
    "Each server's socket is readable now, though no byte came with it.":
        "现在每个服务器的套接字都可读，虽然一个字节也没有来。",
    "Each server's socket is readable now.": "现在每个服务器的套接字都可读。",
    "muxviz ended {lane}.": "muxviz 结束了 {lane}。",
    "{lane} ended with an exception: {exception}.": "{lane} 因异常而结束：{exception}。",
    "{lane} ended with exit status {status}.": "{lane} 结束，退出状态 {status}。",
    "{lane} was killed by {signal}.": "{lane} 被 {signal} 杀死。",
    "select takes no fd from 1024 on: the number counts, not how many there are.":
        "select 不接受 1024 及以上的 fd：起作用的是号码的大小，而不是有多少个。",
    "Seen from outside while {lane} slept: its queues changed.": "{lane} 睡眠时从外部看到：它的队列变了。",
    "Nobody has told the server yet.": "还没有人告诉服务器。",
    "The text of a program, the first time that a line of it is at work.":
        "程序的源代码，在它的某一行第一次工作时记下。",
    "The whole state, written down so that any moment is near.": "完整的状态，记下来是为了能很快到达任何时刻。",
    "A line that this muxviz does not know.": "这个版本的 muxviz 不认识的一行。",
    "Mark: {text}": "标记：{text}",
    # asleep
    "The server is blocked in {call} on {fd}.": "服务器阻塞在对 {fd} 的 {call} 里。",
    "The server is blocked in {call} on {fd}: there is nothing to read yet.":
        "服务器阻塞在对 {fd} 的 {call} 里：还没有可读的数据。",
    "The server is blocked in {call} on {fd}: there is no room to send.":
        "服务器阻塞在对 {fd} 的 {call} 里：没有发送的空位。",
    "The server is blocked in {call} on {fd}: no connection is in the accept queue.":
        "服务器阻塞在对 {fd} 的 {call} 里：accept 队列里没有连接。",
    "The server is blocked in {call} on {fd}: the other side has not answered yet.":
        "服务器阻塞在对 {fd} 的 {call} 里：对方还没有应答。",
    "That thread can do nothing else until that returns.": "在它返回之前，这个线程什么也做不了。",
    "The server sleeps in {call}.": "服务器睡在 {call} 里。",
    "The server sleeps in {call}, for {ms} ms at most.": "服务器睡在 {call} 里，最多 {ms} 毫秒。",
    "Nothing that it asks about is ready.": "它所询问的都没有就绪。",
    "The server sleeps in {call}: nothing that it asks about is ready.": "服务器睡在 {call} 里：它所询问的都没有就绪。",
    "The server sleeps in {call}: nothing new has come since it was told.":
        "服务器睡在 {call} 里：自上次报告以来没有新的到达。",
    "The next arrival wakes it.": "下一次到达会唤醒它。",
    "A client's next action can wake it.": "客户端的下一个动作可能唤醒它。",
    "The kernel was given the whole list for this call, and will look at all of it again.":
        "这次调用把整个列表交给了内核；内核要把它全部再查看一遍。",
    "{bytes} arrived on {fd} meanwhile.": "与此同时，{fd} 上到了 {bytes}。",
    "The server took a part of its accept queue and waited again; {count} still wait there.":
        "服务器只取走了 accept 队列的一部分就又去等待；还有 {count} 个连接在那里。",
    "The server took a part of its accept queue and waited again; 1 still waits there.":
        "服务器只取走了 accept 队列的一部分就又去等待；还有 1 个连接在那里。",
    "Its edge was reported before. The next report comes with the next connection.":
        "它的边缘之前已经报告过；下一个连接到来时才会再报告。",
    "The server read {read} of the {all} unread bytes and waited again.":
        "服务器只读了 {all} 个未读字节中的 {read} 个，就又去等待。",
    "Their edge was reported at step {step}, so the {left} left are not reported again.":
        "它们的边缘在第 {step} 步已经报告过，所以剩下的 {left} 字节不会再报告。",
    "Their edge was reported before, so the {left} left are not reported again.":
        "它们的边缘之前已经报告过，所以剩下的 {left} 字节不会再报告。",
    "The next report comes with new data, or after epoll_ctl(MOD).":
        "要等到新数据到达，或 epoll_ctl(MOD) 之后，才会再报告。",
    # waits that returned
    ", ": "、",
    "{flags} for {fd}": "{fd} 的 {flags}",
    "{call} returned {told}.": "{call} 返回：{told}。",
    "{call} returned {told} and {count} more.": "{call} 返回：{told}，另有 {count} 个。",
    "It said nothing about any fd.": "它没有提到任何 fd。",
    "select failed with EBADF: an fd that it asks about is closed.":
        "select 失败，错误 EBADF：它询问的某个 fd 已经关闭。",
    "It does not say which one, and reports nothing about the others.": "它不说是哪一个，对其余的也什么都不报告。",
    "epoll_wait failed with EBADF: the epoll itself is closed.": "epoll_wait 失败，错误 EBADF：epoll 本身已经关闭。",
    "A closed fd inside it would have been forgotten in silence.": "如果只是其中的某个 fd 关闭，会被悄悄忘掉。",
    "{call} returned at once with nothing ready: with a timeout of 0 it looks and never sleeps.":
        "{call} 立刻返回，没有就绪的：超时为 0 时它只看一眼，从不睡眠。",
    "A loop of such waits keeps a processor busy and learns nothing.": "循环做这样的等待，处理器一直在忙，却一无所获。",
    "select returned three empty lists: nothing became ready in {ms} ms.":
        "select 返回三个空列表：{ms} 毫秒内没有任何就绪。",
    "{call} returned an empty list: nothing became ready in {ms} ms.": "{call} 返回空列表：{ms} 毫秒内没有任何就绪。",
    "A timeout is no error: the server wakes, finds no work, and waits again.":
        "超时不是错误：服务器醒来，没有事做，再去等待。",
    "{call} returned with nothing ready.": "{call} 返回，没有就绪的。",
    "The server wakes, finds no work, and waits again.": "服务器醒来，没有事做，再去等待。",
    "{fd} is readable, but its ONESHOT has fired: nothing is reported until epoll_ctl(MOD).":
        "{fd} 可读，但它的 ONESHOT 已经用掉：在 epoll_ctl(MOD) 之前什么都不报告。",
    "{bytes} are unread on {fd}, but their edge was reported before.":
        "{fd} 上有 {bytes}未读，但它们的边缘之前已经报告过。",
    # why
    "ONESHOT: nothing more is reported of it, not even an error, until epoll_ctl(MOD).":
        "ONESHOT：在 epoll_ctl(MOD) 之前不再报告它，连错误也不报告。",
    "An error waits there; of a pipe it says that nobody is left who reads.":
        "那里有一个错误；对管道来说，这表示已经没有读者。",
    "An urgent byte has come: PRI for poll and epoll, the exceptional list for select.":
        "来了一个紧急字节：poll 和 epoll 报告 PRI，select 放进异常列表。",
    "An ordinary recv leaves it out; recv with MSG_OOB takes it.":
        "普通的 recv 会跳过它；带 MSG_OOB 的 recv 才取走它。",
    "HUP: the other end is closed, and nothing more can come.": "HUP：对端已经关闭，不会再有数据。",
    "{client} will send no more; this is no HUP, as the server may still send.":
        "{client}不会再发送了；这不是 HUP，因为服务器仍然可以发送。",
    "The next recv returns 0 bytes. A close and a half-close look alike here.":
        "下一次 recv 返回 0 字节。在这里，关闭与半关闭看起来一样。",
    "Nothing is unread, and yet it is readable: the stream has ended, or an error waits.":
        "没有未读数据，却可读：流已经结束，或者有一个错误。",
    "The next recv tells which.": "下一次 recv 会说明是哪一种。",
    "There is room to send, and the server asked to hear of it.": "有发送的空位，而服务器请求过这个通知。",
    "There is room to send.": "有发送的空位。",
    "There is room to send, and nothing is queued to be sent.": "有发送的空位，却没有排队要发的东西。",
    "As long as OUT is asked for, every such wait returns at once.": "只要还在请求 OUT，每次这样的等待都会立刻返回。",
    "The server keeps {bytes} queued, and so asked for this.": "服务器有 {bytes}在排队，所以请求了这个通知。",
    "An edge says so once; the next comes after the buffer was full.":
        "边缘触发只说一次；要等缓冲区满过之后才有下一次。",
    "{unread} That uses up the edge.": "{unread}这次边缘就此用掉。",
    "What the server leaves unread is not reported again until more arrives.":
        "服务器没有读完的部分不会再报告，直到有新数据到达。",
    "A level wait reports this again and again, until the queue is empty.": "水平触发的等待会一再报告，直到队列为空。",
    "Each call looks at the level: it reports this again and again, until the queue is empty.":
        "每次调用看的都是电平：它会一再报告，直到队列为空。",
    "Data is there.": "那里有数据。",
    "1 byte is unread.": "有 1 字节未读。",
    "{count} bytes are unread.": "有 {count} 字节未读。",
    "The server has no fd {fd} open: its file lives on under another number, a dup.":
        "服务器并没有打开的 fd {fd}：它的文件还以另一个号码（副本）存在。",
    "epoll watches files, and goes on with the number that was registered.":
        "epoll 关注的是文件，并一直沿用注册时的号码。",
    "And yet its accept queue is empty now: somebody else took the connection, or it was given up.":
        "可是它的 accept 队列现在是空的：连接被别人取走了，或者对方放弃了。",
    "A connection waits in its accept queue.": "有一个连接在它的 accept 队列里等待。",
    "1 connection waits in its accept queue.": "有 1 个连接在它的 accept 队列里等待。",
    "{count} wait in its accept queue.": "有 {count}在它的 accept 队列里等待。",
    "This edge is used up now: what accept leaves there is not reported again.":
        "这次边缘就此用掉：accept 没有取完的不会再报告。",
    "The connect that was begun has failed.": "之前开始的 connect 失败了。",
    "getsockopt(SO_ERROR) says why, and clears the error.": "getsockopt(SO_ERROR) 说明原因，并清除错误。",
    "The connection of {client} is broken.": "{client}的连接已经断裂。",
    "The next recv takes the error and clears it.": "下一次 recv 会取走这个错误并清除它。",
    "An error came back for a datagram that was sent.": "之前发出的数据报换来了一个错误。",
    "The next call on the socket takes it.": "对这个套接字的下一次调用会取走它。",
    "HUP says that the connection is closed in both directions.": "HUP 表示连接的两个方向都已关闭。",
    "The next recv returns 0 bytes.": "下一次 recv 返回 0 字节。",
    "An empty datagram waits: it has no byte and is still a message.":
        "有一个空数据报在等待：没有字节，但仍是一条消息。",
    "No byte is unread: what can be read is the end of the stream, and no HUP comes with it.":
        "没有未读字节：能读到的是流的结束，而且没有 HUP 伴随。",
    "The connect that was begun has ended; no ERR means that the connection is made.":
        "之前开始的 connect 已经结束；没有 ERR，说明连接已建立。",
    "{fd} can be read now, and is reported as long as that is so.": "{fd} 现在可读；只要可读，就会一直报告。",
    "{new} more arrived, and that is a new edge, though {old} older ones were never read.":
        "又到了 {new}，这是一次新的边缘，尽管之前的 {old} 字节一直没读。",
    "epoll_ctl(MOD) asked anew, so {bytes} that were unread already count as an edge.":
        "epoll_ctl(MOD) 重新询问，所以早已未读的 {bytes}算作一次边缘。",
    "{who} sends {count} again": "{who} 又发 {count} 字节",
    "{who} sends message {count}": "{who} 发送第 {count} 条消息",
    "{who} grows to {count}": "{who} 增长到 {count}",
    "{who} reads again": "{who} 再次读取",
    "They are its counter, which is 0 from now on: it is readable again after the next write.":
        "那就是它的计数器，从此为 0：下一次写入之后才又可读。",
    "They tell how often the timer has run out; it is readable again when it runs out once more.":
        "它们说明定时器到期了几次；再次到期时才又可读。",
    "The urgent byte is not among them: only recv with MSG_OOB takes it.":
        "紧急字节不在其中：只有带 MSG_OOB 的 recv 才取走它。",
    "Its edge was reported already: a wait now would say nothing of it.":
        "它的边缘已经报告过：现在再等待，不会再提起它。",
    "Meanwhile {bytes} of {fd} wait, which the same wait has named.":
        "与此同时，{fd} 的 {bytes}还在等着，同一次等待也报告了它。",
    "SO_ERROR of {fd} is {error}: {meaning}.": "{fd} 的 SO_ERROR 是 {error}：{meaning}。",
    "Asking has cleared it: a second time the answer would be 0.": "询问已将它清除：再问一次，回答就是 0。",
    "The next wait returns as soon as there is room to send.": "一有发送的空位，下一次等待就返回。",
    "OUT is dropped: room to send is no longer reported.": "OUT 已取消：有发送空位时不再报告。",
    "A dup of it, fd {dup}, is open, so the connection lives on.": "它的副本 fd {dup} 还开着，所以连接继续存在。",
    "The number was that of {client} before; this is another file, to be registered anew.":
        "这个号码以前属于{client}；现在是另一个文件，要重新注册。",
    "The number was that of {client} before: a list that still has it watches this one now.":
        "这个号码以前属于{client}：还留着它的列表，现在关注的就是这一个。",
    "The server asked for an option of {fd}.": "服务器询问了 {fd} 的一个选项。",
    "The server asked for {option} of {fd}: {value}.": "服务器询问了 {fd} 的 {option}：{value}。",
    "SO_ERROR of {fd} is 0: no error waits there.": "{fd} 的 SO_ERROR 是 0：那里没有错误。",
    "After a connect that did not wait, that means: it is connected.": "对没有等待的 connect 来说，这表示已经连上。",
    "{bytes} were never read, and are lost; the connection was broken before.":
        "还有 {bytes}从未读取，就此丢失；连接早已断裂。",
    "A wait now would report that again: it goes by the level.": "现在再等待会再次报告：它看的是电平。",
    "The number does not: a list that still has it asks about a closed fd.":
        "号码却没有：还留着它的列表，问的是一个已关闭的 fd。",
    "epoll watches the file, not the number, and goes on.": "epoll 关注的是文件，不是号码，会继续下去。",
    "That ends the drain: every connection that had come was taken.": "这次取空到此结束：到来的连接已全部取走。",
    "Its dup, fd {dup}, is open: epoll goes on reporting the old number, and can't be told to stop.":
        "它的副本 fd {dup} 还开着：epoll 会一直报告旧号码，也无法让它停下。",
    "Client {client} found nothing to read: no answer has come yet.":
        "客户端 {client} 没有读到东西：还没有回答到来。",
    "{action}; one worker has that connection.": "{action}；这个连接属于其中一个工作进程。",
    "Seen from outside: what lies in the queues of {lane} has changed.": "从外部看到：{lane} 的队列变了。",
    "Seen from outside while {lane} slept: {found}.": "{lane} 睡眠时从外部看到：{found}。",
    "Every server sleeps in a call, until the kernel has something for it.":
        "每个服务器都睡在某个调用里，直到内核有东西给它。",
    "Seen from outside, in the queues of {lane}: {found}.": "从外部看到 {lane} 的队列：{found}。",
    "{bytes} unread on {fd}": "{fd} 上 {bytes}未读",
    "{count} in the accept queue": "accept 队列里有 {count}",
    "fd {fd} ({what})": "fd {fd}（{what}）",
    "It has forgotten fd {fd}, which was closed: no EBADF and no NVAL comes of that.":
        "它已经忘掉了关闭的 fd {fd}：既没有 EBADF，也没有 NVAL。",
    "The server waited again and left {bytes} of {fd} unread.": "服务器留下 {fd} 的 {bytes}没有读，就又去等待。",
    "The server waited again while a datagram of {bytes} waits on {fd}.":
        "{fd} 上还有一个 {bytes}的数据报，服务器就又去等待。",
    "The server waited again while an empty datagram waits on {fd}.": "{fd} 上还有一个空数据报，服务器就又去等待。",
    "Its edge was reported at step {step}, for all that had come by then.":
        "它的边缘在第 {step} 步已经报告过，包括到那时为止的全部到达。",
    "Its edge was reported before, for all that had come by then.":
        "它的边缘之前已经报告过，包括到那时为止的全部到达。",
    "The next report comes with another datagram, or after epoll_ctl(MOD).":
        "要等到另一个数据报到达，或 epoll_ctl(MOD) 之后，才会再报告。",
    "Its one report (ONESHOT) was made at step {step}, and disarmed it.":
        "它仅有的一次报告（ONESHOT）在第 {step} 步用掉，从此停用。",
    "Its one report (ONESHOT) was made before, and disarmed it.":
        "它仅有的一次报告（ONESHOT）之前已经用掉，从此停用。",
    "The server sleeps on {bytes} of {fd}, unread.": "{fd} 上有 {bytes}未读，服务器却在睡眠。",
    "Nothing more is reported, not even an error, until epoll_ctl(MOD).":
        "在 epoll_ctl(MOD) 之前什么都不再报告，连错误也不报告。",
    "The server sleeps in select, for {ms} ms: it asks about nothing at all.":
        "服务器睡在 select 里 {ms} 毫秒：它什么也没有询问。",
    "Three empty lists make a clock of it; no client can wake it.": "三个空列表让它变成时钟；没有客户端能唤醒它。",
    "It can do nothing else until that returns: whoever else needs it has to wait.":
        "在它返回之前，服务器什么也做不了：其他需要它的都得等。",
    "They stand in the order in which they were given to it, whichever came first.":
        "它们按交给它的顺序排列，不管谁先到达。",
    "They stand in the order in which they became ready, not in that of registration.":
        "它们按就绪的先后排列，而不是按注册的顺序。",
    "The server has to look at its sockets by itself.": "服务器得自己去看它的套接字。",
    "{fd} is ready as well, and comes with a later wait: maxevents is {most}.":
        "{fd} 也已就绪，要到以后的等待才报告：maxevents 是 {most}。",
    "That is fd {fd}, but select does not say which, and reports nothing about the others.":
        "那是 fd {fd}，但 select 不说是哪一个，对其余的也什么都不报告。",
    "select returned: it was given three empty lists, and so it is a clock.":
        "select 返回：交给它的是三个空列表，所以它只是时钟。",
    "A connection waits in the accept queue, and it could not say so.": "accept 队列里有一个连接，而它没法说出来。",
    "{bytes} of {fd} are unread, and it could not say so.": "{fd} 上有 {bytes}未读，而它没法说出来。",
    "A datagram waits on {fd}, but its edge was reported before.": "{fd} 上有一个数据报，但它的边缘之前已经报告过。",
    "{fd}: {what}": "{fd}：{what}",
    "The server has no fd {fd} open: the connection of {client} lives on as fd {dup}, a dup.":
        "服务器并没有打开的 fd {fd}：{client}的连接还以 fd {dup}（副本）存在。",
    "A regular file is ready at all times: reading it never makes anybody wait, not even at its end.":
        "普通文件总是就绪：读它从不让人等待，到了末尾也不例外。",
    "This device is ready: a call on it would not wait.": "这个设备就绪：对它的调用不会等待。",
    "Its counter is not 0; a read takes it, and then it is no longer readable.":
        "它的计数器不是 0；读一次就取走，之后便不再可读。",
    "Its timer has run out; a read tells how often.": "它的定时器已经到期；读一次会说明到期了几次。",
    "A datagram of {bytes} waits.": "有一个 {bytes}的数据报在等待。",
    "A datagram waits.": "有一个数据报在等待。",
    "The connect that was begun has ended: W says no more than that.":
        "之前开始的 connect 已经结束：W 只说明这一点。",
    "getsockopt(SO_ERROR) tells how: 0 means that the connection is made.":
        "结果要问 getsockopt(SO_ERROR)：0 表示连接已建立。",
    "An urgent byte is there still, and nothing else; an ordinary recv leaves it out.":
        "那里还有一个紧急字节，别无其他；普通的 recv 会跳过它。",
    "Every such wait reports it, until recv with MSG_OOB takes it or a recv reads on past its place.":
        "每次这样的等待都会报告它，直到带 MSG_OOB 的 recv 取走它，或有 recv 读过了它的位置。",
    "The end of the stream was read before, and the level never falls from it.":
        "流的结束之前已经读到，而电平不会因此落下。",
    "Every wait reports it again, until the server closes the fd.": "每次等待都会再报告，直到服务器关闭这个 fd。",
    "That fd is closed: poll says NVAL at every call, until the number leaves its list or is used again.":
        "这个 fd 已经关闭：poll 每次都报告 NVAL，直到号码从列表里删去，或被重新使用。",
    "{bytes} are unread there.": "那里有 {bytes}未读。",
    "It is full: the kernel drops whoever tries to connect now, and TCP tries again a second later.":
        "队列满了：现在来连接的会被内核丢弃，TCP 一秒后重试。",
    "The connect that was begun has ended. R beside W, with nothing to read, hints at an error.":
        "之前开始的 connect 已经结束。有 W 又有 R，却没有可读的数据，暗示出了错。",
    "getsockopt(SO_ERROR) tells. X says nothing of it: the third list is for urgent data.":
        "要问 getsockopt(SO_ERROR)。X 对此只字不提：第三个列表是给带外数据的。",
    "Nobody is left who reads from this pipe: the next write fails with EPIPE.":
        "这个管道已经没有读者：下一次 write 会以 EPIPE 失败。",
    "An edge says so once.": "边缘触发只说一次。",
    "HUP: nobody is left who writes to this pipe. A read returns 0 bytes.":
        "HUP：这个管道已经没有写者。read 会返回 0 字节。",
    "IN does not come with it: there is nothing to read.": "没有 IN 伴随：没有可读的数据。",
    "Both sides have ended the stream; select has no word for that, no HUP.":
        "双方都已结束自己的流；select 没有表示它的词，没有 HUP。",
    "It stays readable until the server closes the fd.": "在服务器关闭这个 fd 之前，它一直可读。",
    "One call takes one datagram; those behind it are not reported until another comes.":
        "一次调用只取一个数据报；排在后面的，要等又有到达才会报告。",
    "An edge says so once, for each arrival.": "边缘触发每次到达只说一次。",
    "OUT rides along: a report names all that is true of the fd.":
        "OUT 搭车而来：一次报告会列出此刻对这个 fd 成立的一切。",
    "A level wait reports this until every datagram has been received.":
        "水平触发的等待会一直报告，直到全部数据报收完。",
    "It is reported as long as the pipe is not empty.": "只要管道不空，就会一直报告。",
    "{client} will send no more after that.": "在那之后，{client}不会再发送了。",
    "Its end had come before: the next recv returns 0 bytes, and the next send fails.":
        "流的结束早已到达：下一次 recv 返回 0 字节，下一次 send 会失败。",
    "It is not among the {count} unread ones; recv with MSG_OOB takes it.":
        "它不在 {count} 个未读字节之中；带 MSG_OOB 的 recv 才取走它。",
    "Nothing is unread: nobody is left who writes to this pipe, and a read returns 0 bytes.":
        "没有未读数据：这个管道已经没有写者，read 会返回 0 字节。",
    "HUP: nobody is left who writes to this pipe; what it holds can be read.":
        "HUP：这个管道已经没有写者；里面剩下的还能读。",
}  # fmt: skip
