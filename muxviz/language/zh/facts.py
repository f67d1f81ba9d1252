"""The table of what a kernel answers: what is done, the steps, and what follows."""

from __future__ import annotations

from typing import Final

FACTS: Final[dict[str, str]] = {
    # what is done, and what follows
    "Two clients connect to a listener, one is accepted, a third connects.":
        "两个客户端连接监听套接字，接受一个，第三个再连接。",
    "An edge announces a new connection once: whoever accepts one for each report strands the rest.":
        "边缘对新连接只通知一次：每次报告只接受一个，其余的就会滞留。",
    "6 bytes arrive, are read in two parts, and a new byte arrives.": "到达 6 字节，分两次读完，又到达一个字节。",
    "A level is reported while anything is unread; an edge once for each arrival.":
        "只要有未读，电平就一直报告；边缘每次到达只报告一次。",
    "Nothing is read, and one more byte arrives.": "什么也不读，又到达一个字节。",
    "An edge fires again on each arrival, though the queue was never emptied.":
        "每次到达边缘都再触发，即使队列从未读空。",
    "6 bytes arrive and are all read before the wait.": "到达 6 字节，在等待之前全部读完。",
    "No wait reports what is gone: an edge is looked at again when the wait returns it.":
        "已经取走的，任何等待都不报告：等待返回边缘之前会再检查一次。",
    "An fd was reported; it is asked for anew with epoll_ctl(MOD), its bytes unread, then read.":
        "fd 已报告过；用 epoll_ctl(MOD) 重新请求，先是字节未读时，再是读完后。",
    "MOD looks at the fd anew, and reports once more what is still unread.":
        "MOD 会重新检查 fd，把仍未读的再报告一次。",
    "One-shot has fired; then come a byte, a half-close and a reset, and at last MOD.":
        "ONESHOT 已用掉；之后来了一个字节、半关闭、重置，最后是 MOD。",
    "A one-shot fd that has fired reports nothing, not even an error, until MOD.":
        "ONESHOT 用掉之后，直到 MOD 为止，fd 什么也不报告，连错误也不报告。",
    "Interest in IN and OUT: registered, a byte comes, it is read.": "关注 IN 和 OUT：注册，来一个字节，读走它。",
    "OUT rides on every report of IN: an edge report repeats all that is true.":
        "每次报告 IN 都带上 OUT：边缘报告会把当时成立的都报告一遍。",
    "Sent until EAGAIN; the peer reads until there is room, then all the rest. Interest: OUT.":
        "发送到 EAGAIN；对端读到有空位，再读完其余的。关注：OUT。",
    "Room to send is an edge too: it is told once.": "有发送空位也是一个边缘：只通知一次。",
    "The peer ends its sending side; the end is read; then we end ours.":
        "对端结束发送方向；读到流的结束；然后我们也结束自己的。",
    "A half-close is RDHUP and never HUP, and the level stays high; HUP needs both sides to end.":
        "半关闭是 RDHUP，从不是 HUP，电平一直为高；两个方向都结束才有 HUP。",
    "The peer closes; we send, which is answered by RST; we send again.":
        "对端关闭；我们发送，得到的回答是 RST；再发送一次。",
    "A close looks like a half-close until we send; the error that follows is taken by one call.":
        "在我们发送之前，关闭看起来就像半关闭；随之而来的错误由一次调用取走。",
    "The peer resets.": "对端重置连接。",
    "ERR and HUP at once; the first recv takes the error and clears ERR, the next reads the end.":
        "立刻有 ERR 和 HUP；第一次 recv 取走错误并清除 ERR，下一次读到流的结束。",
    "Interest in nothing: a byte, a half-close, a reset.": "什么也不关注：来一个字节、半关闭、重置。",
    "3 bytes arrive, the last one urgent (MSG_OOB).": "到达 3 字节，最后一个是紧急的（MSG_OOB）。",
    "Urgent data is PRI, select's third list; FIONREAD does not count the urgent byte.":
        "带外数据是 PRI，即 select 的第三个列表；FIONREAD 不计紧急字节。",
    "A non-blocking connect to a port on which nobody listens.": "对无人监听的端口做非阻塞 connect。",
    "A refused connection is readable and writable; select puts it in no exceptional list.":
        "被拒绝的连接既可读又可写；select 不把它放进异常列表。",
    "A watched fd with unread bytes is closed.": "关闭一个被关注、还有未读字节的 fd。",
    "select fails, poll says NVAL, epoll has forgotten it without a word.":
        "select 失败，poll 报告 NVAL，epoll 一声不响地忘掉它。",
    "A registered fd is closed while a dup of it lives, and a byte arrives.":
        "关闭一个已注册的 fd，它的副本还在，又到达一个字节。",
    "epoll watches the open file, not the number: it goes on reporting a number that is closed.":
        "epoll 关注的是打开的文件，不是号码：它会继续报告已关闭的号码。",
    "a, b, c are watched in this order; bytes arrive on c, a, b.": "按 a、b、c 的顺序关注；字节依次到达 c、a、b。",
    "epoll reports in order of arrival, select and poll in order of registration.":
        "epoll 按到达顺序报告，select 和 poll 按注册顺序报告。",
    "maxevents 1, and three fds are ready: seven waits.": "maxevents 为 1，三个 fd 就绪：等待七次。",
    "Level-triggered fds go round in turn, so that none starves; edges come once each.":
        "水平触发的 fd 轮流报告，谁也不会饥饿；边缘各来一次。",
    "Four threads wait for one listener; one client connects and nobody accepts. Who wakes?":
        "四个线程等待同一个监听套接字；一个客户端连接，没有人接受。谁会醒来？",
    "Separate epolls wake every thread; EXCLUSIVE, or one shared edge-triggered epoll, wakes one.":
        "各用各的 epoll 会唤醒所有线程；用 EXCLUSIVE，或共用一个边缘触发的 epoll，只唤醒一个。",
    "An fd with the number 1024 has a byte to read.": "号码为 1024 的 fd 有一个字节可读。",
    "select can't hold the number 1024, however few fds there are; poll and epoll can.":
        "不管 fd 多么少，select 都放不下号码 1024；poll 和 epoll 可以。",
    "A regular file is watched for IN and OUT.": "对一个普通文件关注 IN 和 OUT。",
    "A regular file is always ready to select and poll; epoll_ctl refuses it.":
        "对 select 和 poll 来说普通文件总是就绪；epoll_ctl 拒绝它。",
    "SO_RCVLOWAT is 4; 2 bytes arrive, and 2 more.": "SO_RCVLOWAT 为 4；到达 2 字节，再到 2 字节。",
    "A queue that is not empty is not yet a high level: the low-water mark decides.":
        "队列不空，电平还不一定为高：由低水位标记决定。",
    "A pipe: a byte is written and the writer closes; it is read. Another: the reader closes.":
        "一个管道：写入一个字节，写者关闭；再读走它。另一个管道：读者关闭。",
    "The end of a pipe is HUP and no byte to read; writing to nobody is ERR.":
        "管道的结束是 HUP，没有字节可读；没有读者时写入是 ERR。",
    # steps
    "2 connect": "2 个连接",
    "1 accepted": "接受 1 个",
    "1 connects": "1 个连接",
    "6 arrive": "到达 6",
    "read 3": "读 3",
    "1 arrives": "到达 1",
    "6 read": "读 6",
    "MOD": "MOD",
    "read, MOD": "读，MOD",
    "registered": "注册",
    "read 1": "读 1",
    "filled": "填满",
    "room": "有空位",
    "all read": "全部读完",
    "read 0 bytes": "读到 0 字节",
    "own shutdown": "自己 shutdown",
    "sent 1": "发送 1",
    "send again": "再发送",
    "after it": "之后",
    "recv": "recv",
    "3 arrive": "到达 3",
    "FIONREAD": "FIONREAD",
    "unregister": "注销",
    "fdinfo": "fdinfo",
    "2 arrive": "到达 2",
    "writer gone": "写者已走",
    "writable": "可写",
    "reader gone": "读者已走",
    # who waits
    "epoll each": "各用 epoll",
    "EXCLUSIVE each": "各用 EXCLUSIVE",
    "shared level": "共用，水平",
    "shared edge": "共用，边缘",
    "shared oneshot": "共用，oneshot",
    # two machines
    "here": "这里",
    "there": "那里",
    "every answer is the same": "每个回答都相同",
    "a row that this muxviz does not know": "这个 muxviz 不认识的一行",
}  # fmt: skip
