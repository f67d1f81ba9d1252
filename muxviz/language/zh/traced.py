"""Traced programs: their panels, their calls, and what is said of calls that only strace tells of."""

from __future__ import annotations

from typing import Final

TRACED: Final[dict[str, str]] = {
    # --- panels
    "{in_} in, {out} out": "读入 {in_}，写出 {out}",
    "not reported yet": "还没有报告过",
    "+1 more lane: tab": "另有 1 条泳道：tab",
    "+{count} more lanes: tab": "另有 {count} 条泳道：tab",
    "it is not open": "没有打开",
    "? unknown: nobody looks, and no call proves it": "? 未知：没有人查看，也没有调用能证明",
    "? unknown: nobody looks": "? 未知：没有人查看",
    "1 fd": "1 个 fd",
    "{count} fds": "{count} 个 fd",
    "{fds}, {count} watched": "{fds}，监视 {count} 个",
    "ghost of fd {fd}": "fd {fd} 的幽灵",
    "no fd that muxviz knows of": "没有 muxviz 知道的 fd",
    "in": "读入",
    "out": "写出",
    "epoll, watches 1 fd": "epoll，监视 1 个",
    "epoll, watches {count}": "epoll，监视 {count} 个",
    "? unknown": "? 未知",
    "… more calls, which muxviz show lists": "……更多调用，用 muxviz show 列出",
    "connection": "连接",
    "socket": "套接字",
    "pid {pid}": "pid {pid}",
    "after {time}": "{time} 后",
    "nothing that the filter lets through": "没有通过过滤的调用",
    "░ unknown": "░ 未知",
    "no fd": "无 fd",
    # --- header, keys
    "filter: {text}  {count}": "过滤：{text}  {count}",
    "filter: {text}  {count}, looked at {part}": "过滤：{text}  {count}，已看 {part}",
    "1 line unread": "1 行读不懂",
    "{count} lines unread": "{count} 行读不懂",
    "attached to pid {pid}": "附着于 pid {pid}",
    "attached to {count} processes": "附着于 {count} 个进程",
    "waits only": "只看等待",
    "slow ×: {ms} ms a wait": "慢放 ×：每次等待 {ms} ms",
    "► playing, {speed} calls/s": "► 播放，每秒 {speed} 次调用",
    "before the first call": "第一次调用之前",
    "filter": "过滤",
    "event": "事件",
    "follow next fd": "跟踪下一个 fd",
    "Filter: show only what a condition matches": "过滤：只显示符合条件的",
    "pid == 9566, fd == 7": "pid == 9566、fd == 7",
    "such as  pid == 9566   fd == 7   call in (read, write)   lane == edge; nothing shows all again":
        "例如  pid == 9566   fd == 7   call in (read, write)   lane == edge；什么都不写则全部显示",
    "show only": "只显示",
    "everything is shown again": "又全部显示了",
    "{asked}: no event of this session": "{asked}：这次会话里没有这样的事件",
    # --- calls in the list
    "thread {id}": "线程 {id}",
    "process {id}": "进程 {id}",
    "close_range from fd {first}: {count} closed": "close_range 从 fd {first} 起：关闭 {count} 个",
    "asleep, {ms} ms at most": "睡眠，最多 {ms} ms",
    "{call} → nothing": "{call} → 无",
    "{call} → nothing, at once": "{call} → 无，立即返回",
    "{call} → nothing in {ms} ms": "{call} → {ms} ms 内无",
    " ← {count} messages, {bytes}": " ← {count} 条消息，{bytes}",
    " → {count} messages, {bytes}": " → {count} 条消息，{bytes}",
    " ← {count} of {size}": " ← {count}（共要 {size}）",
    " → {count} of {size}": " → {count}（共 {size}）",
    " ← 0, the end": " ← 0，结尾",
    # --- sentences
    "the client at {peer}": "{peer} 的客户端",
    "The server received {count} messages on {fd}, {bytes} together.":
        "服务器在 {fd} 上收到 {count} 条消息，共 {bytes}。",
    "The server sent {count} messages from {fd}, {bytes} together.": "服务器从 {fd} 发出 {count} 条消息，共 {bytes}。",
    "It asked for {size}, so nothing was left at that moment.": "它要的是 {size} 字节，所以那一刻没有剩下任何东西。",
    "That is all that it asked for: whether more is left, this call does not tell.":
        "它要多少就得到多少：是否还有剩下的，这次调用说明不了。",
    "sendfile sent nothing to {fd}: the file has no more.": "sendfile 没有向 {fd} 发出任何东西：文件已经到头。",
    "splice on {fd} returned EAGAIN: there is nothing to move, or no room for it.":
        "对 {fd} 的 splice 返回 EAGAIN：没有东西可搬，或者没有地方放。",
    "{call} on {fd} was interrupted by a signal before anything had come.":
        "对 {fd} 的 {call} 在收到任何东西之前被信号打断。",
    "ioctl on {fd} failed with ENOTTY: it is not of the kind that the request is for.":
        "对 {fd} 的 ioctl 以 ENOTTY 失败：它不是这个请求所针对的种类。",
    "What is submitted there is no system call: its operations are invisible to strace.":
        "提交到那里的不是系统调用：它的操作 strace 看不见。",
    "The server made a pipe.": "服务器创建了一个管道。",
    "The server made a pipe: what is written to fd {write} can be read from fd {read}.":
        "服务器创建了一个管道：写进 fd {write} 的，可以从 fd {read} 读出。",
    "The server made a signalfd: fd {ret} is readable when a signal has come.":
        "服务器创建了一个 signalfd：信号到来后 fd {ret} 可读。",
    "The server changed the signals that {fd} tells of.": "服务器改变了 {fd} 所通知的信号。",
    "The server made an eventfd: fd {ret}, a counter that can be waited for.":
        "服务器创建了一个 eventfd：fd {ret}，一个可以等待的计数器。",
    "The server made a timer: fd {ret} is readable when it has run out.":
        "服务器创建了一个定时器：到时后 fd {ret} 可读。",
    "The server set the timer of {fd}, which is readable when it has run out.":
        "服务器设定了 {fd} 的定时器，到时后它可读。",
    "The server made an inotify: fd {ret} is readable when a watched file has changed.":
        "服务器创建了一个 inotify：被监视的文件变化后 fd {ret} 可读。",
    "The server asked for its own address on {fd}.": "服务器询问自己在 {fd} 上的地址。",
    "The server asked who is at the other end of {fd}.": "服务器询问 {fd} 的另一端是谁。",
    "The server marked {fd} as close-on-exec: the next execve closes it.":
        "服务器把 {fd} 标为 close-on-exec：下一次 execve 会关闭它。",
    "The server asked for the flags of {fd}.": "服务器询问 {fd} 的标志。",
    "The server called fcntl on {fd}, {command}: it returned {ret}.":
        "服务器对 {fd} 调用 fcntl {command}：返回 {ret}。",
    "The server made {fd} non-blocking: a call that would have to wait returns EAGAIN.":
        "服务器把 {fd} 设为非阻塞：本来要等待的调用返回 EAGAIN。",
    "The server left {fd} blocking: a call that has to wait sleeps.": "服务器让 {fd} 保持阻塞：要等待的调用会睡眠。",
    "The server asked how much can be read from {fd}: {bytes}.": "服务器询问从 {fd} 能读出多少：{bytes}。",
    "The server called ioctl on {fd}, {request}: it returned {ret}.":
        "服务器对 {fd} 调用 ioctl {request}：返回 {ret}。",
    "The server marked its fds from {first} on as close-on-exec; nothing is closed yet.":
        "服务器把从 {first} 起的 fd 都标为 close-on-exec；现在还没有关闭任何一个。",
    "The server closed every fd from {first} on; {count} of them were known to be open.":
        "服务器关闭了从 {first} 起的所有 fd；已知其中 {count} 个是打开的。",
    "The server closed every fd from {first} to {last}; {count} of them were known to be open.":
        "服务器关闭了从 {first} 到 {last} 的所有 fd；已知其中 {count} 个是打开的。",
    "splice moved nothing from {fd}: its end has come.": "splice 没有从 {fd} 搬走任何东西：它已经到头。",
    "The server moved {bytes} from {fd} to fd {to}, without taking them into the program.":
        "服务器把 {bytes} 从 {fd} 搬到 fd {to}，没有让它们经过程序。",
    "The server started process {ret}, which shares its fds: what one closes is closed for both.":
        "服务器启动了进程 {ret}，两者共用 fd：一个关闭的，对两者都关闭。",
    "The server started thread {ret}, which shares every fd of the process.":
        "服务器启动了线程 {ret}，它共用进程的所有 fd。",
    "The process has become {file}.": "进程变成了 {file}。",
    "The process has become another program.": "进程变成了另一个程序。",
    "{count} of its fds were close-on-exec, and are closed.": "它的 {count} 个 fd 是 close-on-exec，已被关闭。",
    "Its fds stay open, but for those that are close-on-exec.": "它的 fd 保持打开，close-on-exec 的除外。",
    "The server made an io_uring: fd {ret}.": "服务器创建了一个 io_uring：fd {ret}。",
    "The server let its io_uring, {fd}, go on: {ret} operations were submitted.":
        "服务器让它的 io_uring（{fd}）继续：提交了 {ret} 个操作。",
    "The server registered something with its io_uring, {fd}.": "服务器在它的 io_uring（{fd}）上登记了一些东西。",
    "The server is blocked in {call} on {fd}: there is nothing to move, or no room for it.":
        "服务器阻塞在对 {fd} 的 {call} 上：没有东西可搬，或者没有地方放。",
    "How long it may sleep, strace tells only when it has returned.": "最多睡多久，要等它返回 strace 才会说明。",
}  # fmt: skip
"""English template -> Chinese template, with the same fields."""
