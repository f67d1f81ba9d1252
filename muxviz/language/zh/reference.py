"""The glossary, and the facts about each mechanism."""

from __future__ import annotations

from typing import Final

REFERENCE: Final[dict[str, str]] = {
    # terms
    "readiness": "就绪",
    "what a wait reports of an fd: that a call on it would not have to wait now":
        "等待所报告的：现在对这个 fd 调用，不必等待",
    "fd": "fd",
    "the number by which a program names an open socket, pipe or file":
        "文件描述符：程序用来指称打开的套接字、管道或文件的号码",
    "one program beside the others: a server with its mechanism, or your own":
        "并排的一个程序：一种机制的服务器，或你自己的程序",
    "wait": "等待",
    "a call of select, poll or epoll_wait: it sleeps until something is ready":
        "对 select、poll 或 epoll_wait 的调用：睡到有东西就绪为止",
    "a wait that returned, with something ready or without": "一次返回了的等待，不论有没有就绪的",
    "inside a call, and not running until the call returns": "在调用之中，返回之前不运行",
    "held before their wait while the clients act, so that several things come first":
        "客户端动作时被停在等待之前，好让几件事先发生",
    "level": "水平（电平）",
    "whether an fd is readable (or writable) now; reported as long as that is so":
        "fd 现在是否可读（或可写）；只要如此就一直报告",
    "wire": "电平线",
    "the level of one fd over time: high while there is something to read":
        "一个 fd 的电平随时间的变化：有东西可读时为高",
    "edge": "边缘",
    "the moment of an arrival; reported once, whatever is left unread": "到达的那一刻；只报告一次，不管还剩多少未读",
    "stranded": "滞留",
    "unread, with a server asleep on it: its edge was reported before": "数据未读而服务器在睡眠：它的边缘之前已报告过",
    "drain": "读空（drain）",
    "to read, or to accept, until EAGAIN: then the next arrival is a new edge":
        "一直读（或 accept）到 EAGAIN：之后的到达才是新的边缘",
    "EAGAIN": "EAGAIN",
    "the answer in place of waiting: nothing to read, or no room to send":
        "代替等待的回答：没有可读的，或没有发送的空位",
    "interest list": "关注列表",
    "the fds that an epoll watches; epoll_ctl changes it: ADD, MOD, DEL":
        "epoll 所关注的 fd；由 epoll_ctl 改动：ADD、MOD、DEL",
    "ONESHOT": "ONESHOT",
    "an interest that is good for one report; epoll_ctl(MOD) arms it again":
        "只够报告一次的关注；epoll_ctl(MOD) 使它重新启用",
    "EXCLUSIVE": "EXCLUSIVE",
    "where several epolls watch one fd, not every one of them is woken": "多个 epoll 关注同一个 fd 时，不必全部唤醒",
    "a socket that takes connections; readable while one can be accepted": "接收连接的套接字；有连接可接受时为可读",
    "accept queue": "accept 队列",
    "connections that the kernel has made and no accept has taken":
        "内核已建立、还没有被 accept 取走的连接（全连接队列）",
    "backlog": "backlog",
    "how many connections the accept queue may hold: the number given to listen":
        "accept 队列可容纳多少连接：传给 listen 的数",
    "bytes in the kernel's receive queue that the program has not read": "在内核接收队列里、程序还没有读的字节",
    "send buffer": "发送缓冲区",
    "bytes that the kernel has taken and the other end has not": "内核已收下、对端还没有收下的字节",
    "back-pressure": "背压",
    "a slow reader fills the send buffer, and so the sender has to wait": "读得慢的一方填满发送缓冲区，发送方只好等待",
    "half-close": "半关闭",
    "one side will send no more, and still reads: IN, RDHUP, no HUP": "一方不再发送，但还在读：IN、RDHUP，没有 HUP",
    "end of stream": "流的结束",
    "a recv that returns 0 bytes: nothing more will come": "recv 返回 0 字节：不会再有数据",
    "RST": "RST",
    "a connection broken off: ERR and HUP, and ECONNRESET from the next call":
        "连接被强行中断：ERR 和 HUP，下一次调用得到 ECONNRESET",
    "urgent": "带外（紧急）",
    "one byte that TCP marks (MSG_OOB): PRI, or select's third list":
        "TCP 标记的一个字节（MSG_OOB）：PRI，或 select 的第三个列表",
    "datagram": "数据报",
    "one message of UDP; a call takes it whole, and what has no room is lost":
        "UDP 的一条消息；一次调用整条取走，放不下的就丢失",
    "non-blocking": "非阻塞",
    "a socket whose calls never sleep; they return EAGAIN": "调用从不睡眠的套接字；改为返回 EAGAIN",
    "dup": "副本（dup）",
    "a second number for one file; an epoll watches it until both are closed":
        "同一文件的第二个号码；两个都关闭前 epoll 一直关注",
    "ghost": "幽灵（ghost）",
    "a closed number under which an epoll reports on: a dup of its file is open":
        "已关闭的号码，epoll 却仍以它报告：文件还有打开的副本",
    "disarmed": "停用",
    "its one report (ONESHOT) was made; nothing more comes before epoll_ctl(MOD)":
        "它仅有的一次报告（ONESHOT）已用掉；epoll_ctl(MOD) 之前不再有",
    "starvation": "饥饿",
    "one client keeps a server so busy that the others are not served":
        "一个客户端让服务器忙个不停，其他客户端得不到服务",
    # facts
    "history": "历史",
    "copied": "复制",
    "cost": "代价",
    "limits": "限制",
    "select": "select",
    "poll": "poll",
    "epoll, level-triggered": "epoll，水平触发",
    "epoll, edge-triggered": "epoll，边缘触发",
    "ERR and HUP are reported whether they were asked for or not.": "ERR 和 HUP 不管有没有请求，都会报告。",
    "At each call the kernel asks every fd that is named. The work grows with what is watched, not with what is ready.":
        "每次调用，内核都要询问列出的每一个 fd。工作量随被关注的数量增长，而不是随就绪的数量。",
    "“A client that closes gives HUP.”": "“客户端关闭会产生 HUP。”",
    "Its close and its half-close both give IN, and RDHUP where that is asked for. HUP needs both directions closed.":
        "关闭和半关闭都产生 IN，若请求了还有 RDHUP。两个方向都关闭才有 HUP。",
    "4.2BSD, 1983; POSIX since 2001. Nearly every system has it, Windows for sockets alone.":
        "4.2BSD，1983 年；2001 年进入 POSIX。几乎所有系统都有；Windows 上只支持套接字。",
    "At each call three sets of bits go in and three come back, as long as the largest fd needs, ready or not.":
        "每次调用传入三个位集合，再传回三个，长度由最大的 fd 决定，不管是否就绪。",
    "An fd from 1024 on has no place in the sets (FD_SETSIZE); CPython raises ValueError.":
        "1024 及以上的 fd 在集合里没有位置（FD_SETSIZE）；CPython 抛出 ValueError。",
    "A closed fd in a set: EBADF for the whole call, without saying which.":
        "集合里有已关闭的 fd：整个调用失败，错误 EBADF，不说是哪一个。",
    "It has no word for an end or an error: both make an fd readable.":
        "它没有表示结束或错误的标志：两者都表现为可读。",
    "The sets are overwritten with the answer, so they are made anew for each call.":
        "结果会覆盖集合，所以每次调用都要重新准备。",
    "“select takes 1024 fds at most.”": "“select 最多处理 1024 个 fd。”",
    "The fd's number must be below 1024, however few there are: see fd-limit.":
        "是 fd 的号码必须小于 1024，不管有多少个：见 fd-limit。",
    "“The third list is for errors.”": "“第三个列表是报告错误的。”",
    "On TCP it tells of an urgent byte. A refused connect is in R and W: see urgent, refused.":
        "在 TCP 上它报告紧急字节。被拒绝的 connect 出现在 R 和 W：见 urgent、refused。",
    "“Readable means that a read can't block.”": "“可读意味着读取不会阻塞。”",
    "Another process may take the data first, or the kernel drop a bad datagram: be non-blocking.":
        "数据可能被别的进程先取走，坏的数据报也可能被内核丢弃：请用非阻塞。",
    "System V Release 3, 1986; Linux since 2.1.23; POSIX since 2001.":
        "System V Release 3，1986 年；Linux 从 2.1.23 起；2001 年进入 POSIX。",
    "At each call an array goes in, 8 bytes an fd, and the kernel writes an answer for each of them, ready or not.":
        "每次调用传入一个数组，每个 fd 占 8 字节；内核为每一项写回结果，不管是否就绪。",
    "No limit on the fd's number; the array may be as long as the process may have fds (RLIMIT_NOFILE).":
        "fd 的号码没有限制；数组的长度以进程可打开的 fd 数为限（RLIMIT_NOFILE）。",
    "A closed fd: NVAL, at every call, until the list drops it.":
        "已关闭的 fd：每次调用都是 NVAL，直到把它从列表删去。",
    "“poll is faster than select.”": "“poll 比 select 快。”",
    "The kernel asks every fd all the same: see crowd. What falls away is the limit of 1024.":
        "内核照样要询问每一个 fd：见 crowd。少掉的只是 1024 的限制。",
    "“An interest of 0 switches an fd off.”": "“把 events 设为 0 就停用了一个 fd。”",
    "ERR and HUP still come. Leave it out, or give its number as negative (poll(2)).":
        "ERR 和 HUP 照样会来。应把它去掉，或把号码写成负数（poll(2)）。",
    "Linux 2.5.44, 2002; Linux alone. BSD and macOS have kqueue instead.":
        "Linux 2.5.44，2002 年；只有 Linux 有。BSD 和 macOS 用的是 kqueue。",
    "epoll_ctl hands over one interest, once. epoll_wait copies out what is ready, and nothing of the rest.":
        "epoll_ctl 一次交出一项关注，只交一次。epoll_wait 只复制出就绪的，其余的都不复制。",
    "What happens to an fd puts it on a ready list. The work grows with what is ready. After a report a level fd goes "
    "back on the list, and the next wait asks it again.":
        "fd 上发生的事把它放进就绪列表。工作量随就绪的数量增长。报告之后，水平触发的 fd 会放回列表，"
    "下一次等待再询问它。",
    "Each change of interest is a call of its own.": "每次改动关注都要一次单独的调用。",
    "Regular files and directories: EPERM, as they never make anybody wait.":
        "普通文件和目录：EPERM，因为它们从不让人等待。",
    "The user's watches are limited: /proc/sys/fs/epoll/max_user_watches.":
        "每个用户的关注数有上限：/proc/sys/fs/epoll/max_user_watches。",
    "“epoll shares memory with the process.”": "“epoll 与进程共享内存。”",
    "It shares none: epoll_wait copies each event into the program's array.":
        "并没有：epoll_wait 把每个事件复制到程序的数组里。",
    "“epoll is always the faster one.”": "“epoll 总是更快。”",
    "With a handful of fds they cost much the same: see crowd, which goes from 2 to 10,000.":
        "只有几个 fd 时，三者的代价差不多：见 crowd，从 2 个到 10,000 个。",
    "“close takes an fd out of an epoll.”": "“close 会把 fd 从 epoll 里去掉。”",
    "Only when no dup of it is open; else it is reported under the old number: see ghost.":
        "只有没有打开的副本时才如此；否则会继续以旧号码报告：见 ghost。",
    "EPOLLET of epoll, Linux 2.5.44, 2002. ONESHOT came with 2.6.2, RDHUP with 2.6.17, EXCLUSIVE with 4.5.":
        "epoll 的 EPOLLET，Linux 2.5.44，2002 年。ONESHOT 始于 2.6.2，RDHUP 始于 2.6.17，EXCLUSIVE 始于 4.5。",
    "As level: epoll_ctl hands over one interest, once; epoll_wait copies out what is ready.":
        "与水平触发相同：epoll_ctl 一次交出一项关注，只交一次；epoll_wait 复制出就绪的。",
    "A report takes the fd off the ready list; only an arrival or epoll_ctl(MOD) puts it back. That saves wakeups, and "
    "costs the read that finds EAGAIN.":
        "报告会把 fd 移出就绪列表；只有新的到达或 epoll_ctl(MOD) 才放回去。这样少了唤醒，多了一次得到 EAGAIN 的读取。",
    "The fd has to be non-blocking, and be read, accepted or written until EAGAIN.":
        "fd 必须是非阻塞的，而且要读、accept 或写到 EAGAIN 为止。",
    "What was drained before the wait is not reported: the wait asks once more before it returns.":
        "等待之前已经读空的不会报告：等待在返回前会再询问一次。",
    "A client that never stops sending never lets a drain end: see starvation.":
        "客户端若不停地发送，读空就永远不会结束：见 starvation。",
    "“An edge fires once, until the fd is drained.”": "“边缘只触发一次，读空之前不再触发。”",
    "It fires again at each arrival, though nothing was read: see rearm.":
        "每次到达都会再触发，即使什么也没有读：见 rearm。",
    "“What was left unread is lost.”": "“没读完的数据就丢了。”",
    "It is still there. New data brings it back, or epoll_ctl(MOD), which looks again.":
        "数据还在。新数据会让它重新被报告，epoll_ctl(MOD) 也会，因为它重新检查。",
    "“OUT comes only after the buffer was full.”": "“缓冲区满过之后才有 OUT。”",
    "Where IN and OUT are asked for, a report of IN carries OUT with it if there is room.":
        "同时请求 IN 和 OUT 时，只要有空位，报告 IN 也会带上 OUT。",
    "“Edge-triggered is faster.”": "“边缘触发更快。”",
    "It saves wakeups where data comes in pieces. Each event costs the same.":
        "数据零碎到达时，它少了一些唤醒。每个事件的代价是一样的。",
}  # fmt: skip
