"""Findings: their names, the rules, what helps, and the list."""

from __future__ import annotations

from typing import Final

FINDINGS: Final[dict[str, str]] = {
    # data and connections that nobody hears of
    "stranded data": "数据滞留",
    "STRANDED": "滞留",
    "{amount} unread": "{amount}未读",
    "{amount} unread; no edge will announce them": "{amount}未读；不会再有边缘通知它们",
    "An edge-triggered wait began while the fd still had unread bytes, and their edge was reported before. The wait "
    "has nothing to say about them.":
        "边缘触发的等待开始时，fd 上还有未读字节，而它们的边缘之前已报告过。等待不会再提起它们。",
    "read until EAGAIN before the next wait": "在下一次等待之前读到 EAGAIN",
    "or epoll_ctl(MOD), which looks at the level anew": "或 epoll_ctl(MOD)，它会重新检查电平",
    "or register without EPOLLET": "或注册时不带 EPOLLET",
    "stranded connection": "连接滞留",
    "{amount} to accept; no edge will announce them": "{amount}待接受；不会再有边缘通知它们",
    "An edge-triggered wait began while the listener's queue still held connections, and their edge was reported "
    "before. Only the next connection makes another.":
        "边缘触发的等待开始时，监听套接字的队列里还有连接，而它们的边缘之前已报告过。要等下一个连接到来，才有新的边缘。",
    "accept until EAGAIN before the next wait": "在下一次等待之前 accept 到 EAGAIN",
    "or register the listener without EPOLLET": "或注册监听套接字时不带 EPOLLET",
    "ignored edge": "边缘被忽略",
    "IGNORED": "被忽略",
    "{flags}, no read": "{flags}，没有读",
    "{flags} was reported once, and nothing was read": "{flags} 报告过一次，却什么也没有读",
    "An edge was reported, and the program waited again without a read, a close or epoll_ctl on that fd. The same edge "
    "is not reported twice.":
        "边缘已经报告，程序却没有对这个 fd 读取、close 或 epoll_ctl，就又去等待。同一个边缘不会报告两次。",
    "read until EAGAIN when an edge is reported": "报告边缘时，读到 EAGAIN",
    "or remember that the fd is readable, and read later": "或记住这个 fd 可读，以后再读",
    "or epoll_ctl(MOD) when you want to be told again": "或在想再次得到通知时 epoll_ctl(MOD)",
    "unread end": "流的结束未读",
    "END UNREAD": "结束未读",
    "{flags}": "{flags}",
    "the peer's end lies behind the data, and was not read": "对端的结束排在数据之后，还没有读到",
    "The data and the end of the stream came in one edge. The last read was short and took the data; the end is still "
    "there, and no further edge will announce it.":
        "数据和流的结束合在一个边缘里到来。最后一次读取没有读满，取走了数据；结束还在那里，不会再有边缘通知它。",
    "after RDHUP or HUP, read until recv returns 0": "见到 RDHUP 或 HUP 后，读到 recv 返回 0",
    "a short read is no end: read until EAGAIN or 0": "没有读满不等于结束：读到 EAGAIN 或 0",
    "DISARMED": "已停用",
    "ONESHOT, no MOD": "ONESHOT，没有 MOD",
    "ONESHOT was reported, and not armed again": "ONESHOT 报告过，没有重新启用",
    "A ONESHOT registration reports once, then nothing, whatever arrives, until epoll_ctl(MOD). The program waits, and "
    "has not armed it again.":
        "带 ONESHOT 的注册只报告一次，之后不管到达什么都不报告，直到 epoll_ctl(MOD)。程序在等待，却没有重新启用它。",
    "epoll_ctl(MOD) with EPOLLONESHOT once the work on the fd is done":
        "处理完这个 fd 后，用 EPOLLONESHOT 再 epoll_ctl(MOD)",
    "or close the fd": "或关闭这个 fd",
    # spins
    "level ignored": "电平被忽略",
    "SPIN": "空转",
    "{wakeups}, {flags}, no work": "{wakeups}，{flags}，没有处理",
    "{wakeups} with {flags}, and no call on the fd": "{wakeups}，报告 {flags}，却没有对这个 fd 的调用",
    "Four waits in a row returned at once with the same fd and the same flags, and the program made no call on that "
    "fd. A level is reported for as long as it is high.":
        "接连四次等待立刻返回，报告同一个 fd 和同样的标志，程序却没有对这个 fd 做任何调用。电平只要为高，就一直报告。",
    "read (or accept) what is reported": "读取（或 accept）所报告的",
    "or stop asking: MOD or DEL, or leave it out of the list": "或不再请求：MOD 或 DEL，或不写进列表",
    "writable spin": "可写空转",
    "{wakeups} with {flags}, and nothing was sent": "{wakeups}，报告 {flags}，却什么也没有发送",
    "Four waits in a row returned at once because there is room to send, and the program made no call on that fd. "
    "There nearly always is room.":
        "接连四次等待因为有发送空位而立刻返回，程序却没有对这个 fd 做任何调用。发送空位几乎总是有的。",
    "ask for OUT only while something is queued": "只在有东西排队时才请求 OUT",
    "drop OUT again once the queue is empty (MOD)": "队列一空就取消 OUT（MOD）",
    "hang-up spin": "挂断空转",
    "{wakeups} with {flags}, and the fd is still open": "{wakeups}，报告 {flags}，而 fd 仍然打开",
    "Four waits in a row returned at once with an end or an error, and the program made no call on that fd. HUP and "
    "ERR are reported whether they are asked for or not, and stay.":
        "接连四次等待因为结束或错误而立刻返回，程序却没有对这个 fd 做任何调用。HUP 和 ERR 不管有没有请求都会报告，"
        "而且不会消失。",
    "read until recv returns 0 or an error, then close the fd": "读到 recv 返回 0 或出错，然后关闭 fd",
    "or DEL it: no interest turns HUP off": "或 DEL：不请求并不能关掉 HUP",
    "the number is not open: leave it out of the list": "这个号码没有打开：不要写进列表",
    "read the urgent byte (recv with MSG_OOB), or do not ask for PRI":
        "读取紧急字节（用 MSG_OOB 来 recv），或不请求 PRI",
    "read the urgent byte (recv with MSG_OOB), or leave the third list empty":
        "读取紧急字节（用 MSG_OOB 来 recv），或让第三个列表空着",
    # accept, dup, blocking calls
    "accept exhausted": "accept 用尽 fd",
    "NO FD LEFT": "fd 用尽",
    "accept: {flags}": "accept：{flags}",
    "accept fails with {flags}; the connections stay in the queue": "accept 失败，错误 {flags}；连接留在队列里",
    "accept failed twice for want of a file descriptor. The connection is not taken, so a level stays high and an edge "
    "is used up.":
        "accept 因为没有可用的文件描述符而失败了两次。连接没有取走，所以电平一直为高，而边缘已经用掉。",
    "close fds that are done, or raise RLIMIT_NOFILE": "关闭用完的 fd，或调高 RLIMIT_NOFILE",
    "stop asking for the listener until an fd is free": "在有空闲 fd 之前，不再请求监听套接字",
    "or keep one fd in reserve: close it, accept, close that": "或预留一个 fd：关掉它，accept，再关闭所得的",
    "ghost fd": "幽灵 fd",
    "GHOST": "幽灵",
    "fd {fd}, closed": "fd {fd}，已关闭",
    "fd {fd} reported; closed before the wait": "报告了 fd {fd}；它在等待之前已关闭",
    "An epoll watches the open file description, not the number. A dup keeps it open, so that its events come under a "
    "number that the program has closed.":
        "epoll 关注的是打开的文件描述（open file description），不是号码。副本让它保持打开，"
        "所以它的事件会以程序已关闭的号码出现。",
    "epoll_ctl(DEL) before close, while the number is valid": "在 close 之前、号码还有效时 epoll_ctl(DEL)",
    "or close the dup{other} too": "或把副本{other} 也关闭",
    "once it is too late: close the epoll fd": "如果已经太晚：关闭 epoll 的 fd",
    "blocking call": "阻塞的调用",
    "BLOCKED": "阻塞",
    "{flags}{took}": "{flags}{took}",
    "{flags} on a watched fd{took}; every other fd waits": "对所关注 fd 的 {flags} {took}；其他 fd 都在等待",
    "A call on an fd that a wait watches slept. The loop can serve nobody else until it returns, and a report is no "
    "promise that a call will not block.":
        "对一个等待所关注的 fd 的调用睡眠了。它返回之前，循环无法服务别人；报告并不保证调用不会阻塞。",
    "make the fd non-blocking (O_NONBLOCK) and take EAGAIN for an answer":
        "把 fd 设为非阻塞（O_NONBLOCK），并接受 EAGAIN 这个回答",
    " took {ms} ms": "用了 {ms} ms",
    " sleeps": "在睡眠",
    # how sure, and how it ended
    "certain": "确定",
    "likely": "很可能",
    "possible": "可能",
    "information": "供参考",
    "Certain: {proof}.": "确定：{proof}。",
    "Likely: after the next report it left the same open once more. The queue was not seen.":
        "很可能：下一次报告之后它又同样留了下来。没有看到队列。",
    "Possible: the calls leave this open, and the queue was not seen.": "可能：从调用看不能确定，也没有看到队列。",
    "Possible: back-pressure? fd {other} could not be written to, so this may be on purpose.":
        "可能：是背压吗？fd {other} 当时写不进去，所以这也许是有意的。",
    "Possible: it took long, but may have waited for a processor rather than for the fd.":
        "可能：它用了很久，但等的也许是处理器，而不是这个 fd。",
    "For information: this program has read without being told.": "供参考：这个程序曾在没有得到通知时读取。",
    "a look found it in the kernel's queue": "查看内核队列时看到了它",
    "the calls themselves show it": "调用本身就说明了这一点",
    "nothing comes by itself": "不会自己再有通知",
    "then it was read, with no new report": "之后没有新的报告就读了它",
    "then there was a new edge": "之后有了新的边缘",
    "then the fd was closed": "之后 fd 关闭了",
    "then epoll_ctl looked anew": "之后 epoll_ctl 重新检查",
    "then epoll_ctl(DEL) ended it": "之后 epoll_ctl(DEL) 结束了它",
    "then the program made a call on it": "之后程序对它做了调用",
    "then a wait slept again": "之后等待又睡眠了",
    "then a wait reported something else": "之后等待报告了别的",
    "then the call returned": "之后调用返回了",
    "then accept worked again": "之后 accept 又成功了",
    "then the program ended": "之后程序结束了",
    "a look found nothing there": "查看时那里已经没有东西",
    # amounts
    "1 byte": "1 字节",
    "1 connection": "1 个连接",
    "1 wakeup": "1 次唤醒",
    "{times}, {flags}, no work": "{times}，{flags}，没有处理",
    "{times} {flags}": "{times} {flags}",
    "something": "若干",
    "some": "若干",
    "the last read may have left something; no edge would announce it": "上次读取可能留下了一些；不会有边缘来通知",
    "An edge was reported, and the last read returned all that it asked for: it does not show that the queue is empty. "
    "Then the program waited, and an edge is reported once.":
        "报告过一次边缘，而上次读取得到了所要的全部：这不说明队列已空。随后程序进入等待，而一个边缘只报告一次。",
    "the last accept may have left some; no edge would announce them": "上次 accept 可能留下了一些；不会有边缘来通知",
    "An edge of the listener was reported, and accept was not called until EAGAIN: nothing shows that its queue is "
    "empty. Then the program waited. Only the next connection makes another edge.":
        "报告过监听套接字的一次边缘，而没有 accept 到 EAGAIN：没有什么说明它的队列已空。"
        "随后程序进入等待。只有下一个连接才带来新的边缘。",
    # the list
    "rule": "规则",
    "steps": "步",
    "step {step}": "第 {step} 步",
    "what": "内容",
    "end": "结束",
    "{count} found · {rules} rules checked": "发现 {count} 个 · 检查了 {rules} 条规则",
    "Nothing was found: every rule is clean.": "没有发现：每条规则都没有问题。",
    "This recording is of an older muxviz, and too long to be searched for findings.":
        "这个录制来自较旧的 muxviz，而且太长，无法从中查找发现。",
    "{count} more: ↑ ↓": "还有 {count} 个：↑ ↓",
    "evidence: what was observed": "证据：观察到的",
    "rule: derived": "规则：推断出的",
    "what helps": "怎样修正",
    "clean:": "没有问题:",
    "counted: {what}": "只计数：{what}",
    "report of data, then EAGAIN": "报告有数据，却得到 EAGAIN",
    "wait as full as it could be": "等待已填满",
    "the program ended": "程序结束了",
    "seen from outside": "从外面看到的",
    "the fourth in a row, with no call on the fd": "接连第四次，没有对这个 fd 的调用",
    "begun with {things} there": "开始时有 {things}",
    "slept {ms} ms": "睡眠了 {ms} ms",
    "{noted}; {ended}": "{noted}；{ended}",
    "go there": "到那里",
    # the story and the news
    "Findings": "发现",
    "{lanes}: {what}{when}.": "{lanes}：{what}{when}。",
    " ({sure})": "（{sure}）",
    "{rule}, {of}: {facts}{hedge}": "{rule}，{of}：{facts}{hedge}",
    " and {count} more": "，另有 {count} 处",
    " (from {place}{more})": "（自{place}起{more}）",
    "… and {count} more": "… 另有 {count} 个",
    "nothing is found after this moment; E lists everything that was": "这一步之后没有发现；E 列出全部发现",
    "nothing was found before this moment; E lists everything that was": "这一步之前没有发现；E 列出全部发现",
    "! {lane}: {name}. E shows what it rests on": "! {lane}：{name}。E 显示它的依据",
    # an end that is read again and again; calls that pass muxviz by
    "end spin": "末尾空转",
    "{wakeups}, {flags}, at its end": "{wakeups}，{flags}，已到末尾",
    "{wakeups} with {flags}: its end is read again and again": "{wakeups}，{flags}：一再读到它的末尾",
    "Three times in a row a wait reported the fd, a read gave the end of the stream (0 bytes) or the same error, and "
    "the program neither closed the fd nor stopped asking. An end is not used up by reading it.":
        "连续三次：等待报告了这个 fd，读取得到流的末尾（0 字节）或同样的错误，而程序既没有关闭它，也没有停止询问。"
        "读取并不会用掉末尾。",
    "close the fd when a read returns 0 or an error": "读取返回 0 或错误时关闭 fd",
    "or stop asking for it: MOD or DEL, if you still write": "如果还要写，就停止询问：MOD 或 DEL",
    "Possible: no call on this fd has been seen, and C code, a file object or another process may make some.":
        "可能：在这个 fd 上没有见过任何调用，而 C 代码、文件对象或别的进程可能会调用。",
    "calls on this fd are known to be seen, and there was none": "这个 fd 上的调用都看得到，而一个也没有",
    "it is a socket of the program's own, or as much lay there at each of many reports":
        "它是程序自己的套接字，或者多次报告时队列里的量都一样",
    "no call on this fd was ever seen: C code or a file object may make some":
        "这个 fd 上从未见过调用：C 代码或文件对象可能会调用",
    "Possible: it failed twice. Whoever stops asking for a while, or frees a descriptor, is right to.":
        "可能：它失败了两次。暂时停止询问，或释放一个描述符，都是对的做法。",
    "four times in a row a wait reported the listener again, and accept failed again":
        "连续四次：等待再次报告监听套接字，accept 再次失败",
    "accept failed twice": "accept 失败了两次",
    "Likely: no call on this fd has been seen, and it is the program's own socket or as much lay there at "
    "each report.":
        "很可能：在这个 fd 上没有见过任何调用，而它是程序自己的套接字，或者每次报告时队列里的量都一样。",
    # closed on what lies there
    "closed unread": "未读就关闭",
    "LOST": "丢失",
    "{amount} unread at the close": "关闭时{amount}未读",
    "{flags} was reported, and the fd was closed with {amount} unread": "报告了 {flags}，fd 关闭时还有{amount}未读",
    "The peer's end was reported together with what it had sent before, and the program closed the fd without a read. "
    "What lay there is lost, and TCP tells the peer so with a reset.":
        "对端的结束与它之前发送的数据一同报告，而程序没有读就关闭了 fd。那里的数据丢失了，TCP 以重置告知对端。",
    "read until recv returns 0, then close the fd": "读到 recv 返回 0，再关闭 fd",
    "RDHUP says that no more will come, not that all is read": "RDHUP 说的是不会再有数据，不是数据已读完",
    "Likely: a look found it there, and no read of it was seen.":
        "很可能：查看时发现它就在那里，而没有见过对它的读取。",
    "Possible: it may have been TLS's last word, or somebody has read it whose calls are not seen.":
        "可能：它或许只是 TLS 的最后通知，或者有人读走了它而调用看不到。",
    "a look found bytes there, and no read of them was seen": "查看时发现那里有字节，而没有见过对它们的读取",
    "it may have been TLS's last word, or reads of that fd are not seen":
        "它或许只是 TLS 的最后通知，或者该 fd 的读取看不到",
}  # fmt: skip
