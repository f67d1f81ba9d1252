"""What the scenarios say, by name, and the labels of client actions that have words of their own."""

from __future__ import annotations

from typing import Final

SCENARIOS: Final[dict[str, dict[str, str]]] = {
    "partial-read": {
        "title": "每个服务器每次报告最多读 4 字节",
        "summary": "12 字节只读 4 个，就又去等待",
        "story": "一个客户端发送 12 字节。每个服务器每次报告最多读 4 字节，回显它们，再去等待。",
        "question": "剩下的 8 字节，谁会得到通知？",
        "watch": "电平线：有未读字节时为高。● 水平触发的报告，▲ 边缘触发只报告一次，╍ 睡眠。",
    },
    "echo": {
        "title": "十个客户端，各三条消息，每个回复都排队",
        "summary": "十个客户端，四种机制结果一致",
        "story": "十个客户端各发三条消息。服务器把每个回复放进队列，请求可写通知（教科书的写法），"
        "届时发送，然后取消请求。",
        "question": "一个回复要经过几次等待？",
        "watch": "服务器请求什么：队列里有东西时出现 OUT，队列空了就消失。",
    },
    "half-close": {
        "title": "客户端结束自己的发送方向，继续读另一方向",
        "summary": "客户端不再发送，但还在读",
        "story": "一个客户端发送 12 字节，然后关闭自己的发送方向。它还在读服务器欠它的数据。",
        "question": "半关闭算是挂断吗？",
        "watch": "流结束时报告什么：有 IN，没有 HUP。接下来的 recv 返回 0 字节。",
    },
    "reset": {
        "title": "一个客户端重置连接，另一个继续交谈",
        "summary": "RST：IN、ERR 和 HUP 同时出现",
        "story": "两个客户端连接。一个用 RST 中止连接，另一个若无其事地继续。",
        "question": "重置发生时服务器得知什么，select 又漏掉了什么？",
        "watch": "标志：poll 和 epoll 是 IN ERR HUP，select 只有 R。错误由 recv 取走：ECONNRESET。",
    },
    "late-registration": {
        "title": "服务器还不认识客户端，数据已经到了",
        "summary": "数据先到，epoll 后知道这个 fd",
        "story": "服务器忙着的时候，一个客户端连接并发送 12 字节。之后服务器才接受连接并注册它。",
        "question": "数据先到，epoll 后来才知道这个 fd。它的边缘丢了吗？",
        "watch": "fd 一出现电平线就是高的，早于 epoll_ctl ADD；每条泳道的下一次等待都会报告它。",
    },
    "order": {
        "title": "C 最先发，A 最后发，还没有人来看",
        "summary": "到达顺序，注册顺序；一次一个",
        "story": "三个客户端依次连接：A、B、C。服务器忙着的时候各发 8 字节，C 最先，A 最后。服务器每次报告读 4 字节。"
        "第四个每次等待只取一个事件（maxevents 1）。",
        "question": "谁的字节先被读到？",
        "watch": "调用：select 和 poll 按交给它们的顺序报告 A B C。epoll 按到达顺序报告 C B A，并且轮流。",
    },
    "timeout": {
        "title": "同一个服务器，四种等法",
        "summary": "一直等，等一会儿，根本不等",
        "story": "四个用 select 的服务器。一个一直等，一个最多等 1 秒，一个根本不等。最后一个什么也不问："
        "三个空列表让 select 变成时钟，时间到了它才去看自己的套接字。",
        "question": "谁立刻知道有客户端，谁知道得晚，谁从不休息？",
        "watch": "每条泳道底部的白醒次数；还有那个时钟，数据未读它也照睡。",
    },
    "drain": {
        "title": "每个服务器每次读 4 字节，读到 EAGAIN 为止",
        "summary": "边缘触发的正确用法：读到 EAGAIN",
        "story": "与 partial-read 相同的 12 字节，同样每次读 4。但现在每个服务器的 recv 和 accept 都一直进行，"
        "直到内核说 EAGAIN：队列空了。",
        "question": "边缘触发的服务器要怎样才和其他的一样正确，代价是什么？",
        "watch": "每条泳道里每次到达只报告一次，每次等待之前都有最后一个以 EAGAIN 失败的 recv。",
    },
    "rearm": {
        "title": "三个边缘触发的服务器，每次报告读 4 字节",
        "summary": "MOD 重新询问；还有谁无意中也这样",
        "story": "一个客户端发送 12 字节，再发 4，又发 4。三个边缘触发的服务器每次读 4 字节，都不读到 EAGAIN。"
        "一个在每次读后用 epoll_ctl(MOD) 以原有的掩码重新询问。一个通过队列发送回复，于是不停地改动掩码。",
        "question": "三个之中，谁能赶上？",
        "watch": "MOD 若发现未读数据，本身就带来一次报告。edge 只在新数据到达时得到报告：总是落后 8 字节。",
    },
    "accept-burst": {
        "title": "每次报告接受一个，accept 队列容两个",
        "summary": "三个同时连接，只接受一个",
        "story": "服务器忙着的时候，三个客户端连接。accept 队列容得下两个（backlog 为 1）；内核丢掉第三个的 SYN，"
        "TCP 在一秒后重发。每个服务器每次报告接受一个。",
        "question": "谁被放进来，谁一直等下去？",
        "watch": "监听套接字：“待接受”就是它的队列。同时到来的连接，边缘触发只报告一次。",
    },
    "oneshot": {
        "title": "只报告一次，之后沉默，直到 MOD",
        "summary": "报告一次，然后听不见，直到 MOD",
        "story": "一个客户端发送 12 字节，再发 4 字节，然后重置连接。每个服务器每次报告读 4 字节。"
        "有两个用 EPOLLONESHOT 注册；其中一个在每次读后重新启用。",
        "question": "用掉了那一次报告的服务器，还能听到什么？",
        "watch": "oneshot 什么也听不到：没有数据，连谁都拒绝不了的 ERR 和 HUP 也没有。",
    },
    "starvation": {
        "title": "A 不停地发，B 只发一次",
        "summary": "永远读不空的读空",
        "story": "两个服务器每次读 4 字节，读到 EAGAIN 为止，而它们所读的客户端还在继续发。另一个客户端发了 4 字节。"
        "第三个服务器每次报告读一次，最后一个读两次再回来。",
        "question": "什么时候轮到 B？",
        "watch": "B 的电平线：4 字节，A 的读空进行多久就高多久。每次报告读一次，或设一个限额，才公平。",
    },
    "hang-up": {
        "title": "到了流的结束，服务器也关闭自己的发送方向",
        "summary": "关闭与半关闭看起来一样",
        "story": "A 关闭自己的发送方向，B 关闭连接，C 发送 12 字节后立刻关闭，回复于是无人接收。"
        "每个服务器都请求 RDHUP，用 shutdown(SHUT_WR) 回答流的结束，再得到一次报告时关闭。",
        "question": "三者之中哪一个是挂断（HUP）？",
        "watch": "A 和 B 给出的相同：IN RDHUP。两个方向都关闭才有 HUP；若由 RST 造成，还带 ERR。",
    },
    "urgent": {
        "title": "请求了带外数据，却从来不读",
        "summary": "PRI，以及 select 的第三个列表",
        "story": "一个客户端用 MSG_OOB 发送 3 字节：最后一个是紧急字节。服务器请求了带外数据的通知"
        "（PRI，select 的第三个列表），却只读普通字节。",
        "question": "发了三个字节。能读到几个，谁一直在报告？",
        "watch": "未读：3 个里的 2 个，紧急字节不计。之后是 PRI 或 X，而没有未读：一个让人空转的电平。",
    },
    "refused": {
        "title": "先要徒劳连接一次的客户端",
        "summary": "失败的非阻塞 connect",
        "story": "这些程序是客户端。每个先向无人监听的地址开始连接，等着知道结果；然后换一个有人监听的地址。",
        "question": "select 的哪个列表会列出被拒绝的 connect？",
        "watch": "报告了什么：IN OUT ERR HUP；而 select 是 R 和 W，从不是 X。SO_ERROR 说明原因。",
    },
    "closed-fd": {
        "title": "被关注的 fd 关闭了",
        "summary": "EBADF，NVAL，和沉默的 epoll",
        "story": "一个客户端关闭。每个服务器也关闭自己这一侧，却把号码留在要询问的列表里。"
        "随后另一个客户端到来，它的连接得到同一个号码。",
        "question": "对一个已关闭的号码，各自会怎么说？",
        "watch": "select 以 EBADF 告终。poll 每次等待都报告 NVAL，直到号码再被使用。epoll 在睡眠。",
    },
    "ghost": {
        "title": "每个关闭的 fd 都还有一个副本活着",
        "summary": "已关闭，副本还在：照样报告",
        "story": "每个服务器都为每个连接留一个副本（dup），就像子进程或日志会做的那样。客户端告别，"
        "服务器关闭它的 fd，而客户端继续发送。",
        "question": "谁关注的是号码，谁关注的是号码背后的连接？",
        "watch": "epoll 报告旧号码，而它又无法注销（EBADF）。select 和 poll 按号码查找。",
    },
    "slow-reader": {
        "title": "客户端要的比读的多",
        "summary": "发送缓冲区满了，腾空时有 OUT",
        "story": "一个客户端发送 16 KiB，再发 8 KiB，却不读任何回显。发送缓冲区填满：send 只收下一部分，"
        "其余的留在程序里，服务器请求 OUT。",
        "question": "回复放不进内核。谁保管其余的，什么时候继续？",
        "watch": "高 = 有发送空位。缓冲区满时落下；● ▲ 表示客户端腾出了空位。",
    },
    "always-writable": {
        "title": "每个服务器一直在请求 OUT",
        "summary": "一直请求 OUT：空转",
        "story": "每个服务器从一开始就对客户端的套接字请求 OUT，从不停止，尽管没有东西要发。",
        "question": "客户端沉默不语。服务器在做什么？",
        "watch": "泳道下方的计数：白醒。OUT 线一直是高的；只有 edge 在睡眠。",
    },
    "fd-limit": {
        "title": "另有一千个文件开着",
        "summary": "select 止步于 fd 1024",
        "story": "每个服务器开着一千个文件，一个也不关注。三个客户端连接：它们的 fd 是 1022、1023 和 1024。",
        "question": "这里 select 最多关注四个 fd。其中哪一个超出了？",
        "watch": "fd 1024：它的位在 select 的 1024 位图之外。起作用的是号码。poll 和 epoll 继续工作。",
    },
    "crowd": {
        "title": "越来越多的空闲客户端中，有一个忙碌的",
        "summary": "一万个空闲客户端和一个忙碌的",
        "story": "一个客户端时不时发一条小消息。它周围一言不发的连接越来越多：10、100、1,000、3,000、10,000 个。"
        "每个服务器都在等待所有的连接。",
        "question": "只有一件事可报告的等待，代价是多少？",
        "watch": "曲线：调用时已有东西可报告的等待花了多少时间。select 和 poll 要走遍所关注的一切，"
        "epoll 只走就绪的。select 到 fd 1024 之前为止。",
    },
    "blocking": {
        "title": "A 发半条消息，B 发一整条",
        "summary": "一个阻塞的读，人人都得停下",
        "story": "每条消息 10 字节。A 发出 5 字节后停顿；B 发一整条。一个服务器一直读到消息完整，"
        "一个从不为任何事等待，一个读已有的，在 poll 里等待。",
        "question": "A 停顿的时候，谁来回答 B？",
        "watch": "睡在 recv 里：只有 A 能结束它。从不等待的服务器一次又一次调用，只得到 EAGAIN。",
    },
    "models": {
        "title": "同一个回显服务器的四种写法",
        "summary": "阻塞，空转，poll，asyncio",
        "story": "同样的往来，四个服务器：一个阻塞，逐个服务客户端；一个从不等待；一个睡在 poll 里；"
        "一个基于 asyncio，它的协程读起来像在阻塞。",
        "question": "每个服务器在哪里等待，在等谁？",
        "watch": "每条泳道睡眠时的调用：recv 等的是一个客户端，poll 和 epoll_wait 等的是所有客户端。",
    },
    "udp": {
        "title": "每次报告一个 recvfrom，最多 16 字节",
        "summary": "数据报：两个里留下了一个",
        "story": "一个客户端发送数据报：服务器忙时发两个，一个空的，一个太长的。"
        "每个服务器每次报告收一个数据报，缓冲区为 16 字节。",
        "question": "两个数据报，一次报告：第二个由谁收？",
        "watch": "FIONREAD 说的是下一个数据报的大小，不是全部。edge 泳道睡在一整个数据报上，总是落后一个。"
        "空数据报可读，却是 0 字节；太长的，其余部分就没了。",
    },
    "files-and-pipes": {
        "title": "文件、管道、eventfd、timerfd",
        "summary": "不是套接字的，谁能关注它们",
        "story": "一个没有客户端的程序用超时 0 一再询问：普通文件、管道、eventfd、timerfd 里什么就绪；"
        "然后管道的写者离开，另一个管道的读者离开。",
        "question": "其中哪些可以等待，它们怎么说？",
        "watch": "普通文件：对 select 和 poll 总是就绪，对 epoll 是 EPERM。写者离开的管道：IN 带 HUP，然后只有 HUP。"
        "读者离开的管道：OUT 和 ERR。",
    },
    "herd": {
        "title": "四个工作进程等同一个监听套接字",
        "summary": "一个连接唤醒四个进程",
        "story": "四个进程共有同一个监听套接字，各有自己的 epoll。一个客户端连接，然后又一个。",
        "question": "一个连接会唤醒其中几个？",
        "watch": "得知这个连接的每条泳道都有 ●；一个 accept 成功，其余得到 EAGAIN。d：用 EPOLLEXCLUSIVE 注册，"
        "再换成共用一个 epoll，水平的和边缘的。",
    },
}
LABELS: Final[dict[str, str]] = {
    "A connects and sends 12": "A 连接并发 12 字节",
    "A reads what is there": "A 读取已有的",
    "A says bye": "A 告别",
    "A sends 16K, reads none": "A 发 16K，一点不读",
    "A sends 24, B sends 4": "A 发 24，B 发 4",
    "A sends 3, one urgent": "A 发 3 个，一个紧急",
    "A sends 5 of 10 bytes": "A 发 10 字节中的 5 个",
    "A sends an empty one": "A 发一个空数据报",
    "A sends the rest": "A 发其余的",
    "A sends two datagrams": "A 发两个数据报",
    "A, B, C connect at once": "A、B、C 同时连接",
    "B sends all 10 bytes": "B 发全部 10 字节",
    "B, C connect at once": "B、C 同时连接",
    "C sends 12 and closes": "C 发 12 字节后关闭",
    "C tries again after 1 s": "C 过一秒再试",
    "C, then B, then A send": "C、B、A 依次发送",
}
FIXES: Final[dict[str, str]] = {
    "read until EAGAIN": "读到 EAGAIN 为止",
    "read once per report": "每次报告读一次",
    "accept until EAGAIN": "accept 到 EAGAIN 为止",
    "receive until EAGAIN": "收到 EAGAIN 为止",
    "wait for ever": "一直等",
    "MOD after each read": "每次读后 MOD",
    "2 reads a turn": "每轮读 2 次",
    "close at the end": "流结束时关闭",
    "close at once": "立刻关闭",
    "recv with MSG_OOB": "用 MSG_OOB 来 recv",
    "forget, then close": "先注销，再关闭",
    "close the dup as well": "副本也关闭",
    "no reads meanwhile": "其间不读",
    "ask for OUT if needed": "需要时才请求 OUT",
    "with low numbers": "号码变小",
    "read what poll reports": "读 poll 所报告的",
    "EPOLLEXCLUSIVE": "EPOLLEXCLUSIVE（独占）",
    "one epoll for all": "共用一个 epoll",
    "one epoll, edge": "共用一个 epoll，边缘",
}
TITLES: Final[dict[str, str]] = {
    "epoll level": "epoll 水平触发",
    "epoll edge": "epoll 边缘触发",
    "edge": "边缘触发",
    "edge, then MOD": "边缘，然后 MOD",
    "edge, queueing": "边缘，排队",
    "level, maxevents 1": "水平，maxevents 1",
    "no timeout": "没有超时",
    "1 s at most": "最多 1 秒",
    "timeout 0": "超时 0",
    "three empty lists": "三个空列表",
    "oneshot": "oneshot",
    "oneshot, MOD": "oneshot，MOD",
    "level, drains": "水平，读空",
    "edge, drains": "边缘，读空",
    "level, one read": "水平，读一次",
    "edge, budget of 2": "边缘，限读 2 次",
    "blocking recv": "阻塞的 recv",
    "no multiplexer": "没有多路复用",
    "poll, no blocking": "poll，不阻塞",
    "blocking": "阻塞",
    "non-blocking": "非阻塞",
    "multiplexed": "多路复用",
    "asynchronous": "异步",
}
"""Titles of lanes that are more than the name of a mechanism."""
