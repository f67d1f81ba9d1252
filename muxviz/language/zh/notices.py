"""What the key row says: news, prompts, answers."""

from __future__ import annotations

from typing import Final

NOTICES: Final[dict[str, str]] = {
    "{why}; starting anew, up to {place} …": "{why}；正在重新开始，直到{place} …",
    "{why}; starting anew …": "{why}；正在重新开始 …",
    "{why}; started anew up to {place}": "{why}；已重新开始，到{place}",
    "{why}; started anew up to {place}, and no further": "{why}；已重新开始，到{place}为止",
    "{why}; started anew": "{why}；已重新开始",
    "client action {n} of {count}": "客户端动作 {n}（共 {count}）",
    "client action {n}": "客户端动作 {n}",
    "the first step": "第一步",
    "{journey} space ends it here": "{journey} 空格键就此停下",
    "play: {speed}": "播放：{speed}",
    "{speed}× the recorded pace": "录制节奏的 {speed}×",
    "1 step a second": "每秒 1 步",
    "{speed} steps a second": "每秒 {speed} 步",
    "a recording plays at its own pace; the lab plays by steps": "录制才有自己的节奏；实验室按步播放",
    "a recording has no programs that could run; space plays it": "录制里没有可运行的程序；空格键播放它",
    "following {client}": "跟踪{client}",
    "there is no client or other fd to follow yet": "还没有可跟踪的客户端或其他 fd",
    "the timeline is by time": "时间线按时间",
    "the timeline is by steps": "时间线按步",
    "the panel is on, and needs a taller window": "面板已打开，窗口要更高才放得下",
    "payload was not asked for: start with --payload to have it recorded":
        "没有请求数据内容：用 --payload 启动才会录下",
    "strace is not asked for payload, so a trace has none": "没有让 strace 记录数据内容，所以跟踪里没有",
    "there is nothing to mend here: the programs are right": "这里没有什么要修正：程序是对的",
    "{fix} on: {words}": "{fix} 开：{words}",
    "{fix} off": "{fix} 关",
    "nothing has happened yet that could be marked": "还没有发生可以标记的事",
    "this is a recording already": "这已经是一个录制",
    "recording into {file} already, until this session ends": "已经在录制到 {file}，直到会话结束",
    "recording into {file}, from the session's beginning": "正在录制到 {file}，从会话开头算起",
    "searching {part}; any key ends it": "搜索中 {part}；按任意键停止",
    "searching; space ends it": "搜索中；空格键停止",
    "waiting for a lane that computes": "在等一条正在计算的泳道",
    "◆ {mark}   space goes on": "◆ {mark}   空格键继续",
    "marked: ◆ {mark}": "已标记：◆ {mark}",
    "no marker here": "这里没有标记",
    "a text; [ and ] go from marker to marker": "一段文字；[ 和 ] 在标记之间移动",
    "that is for servers that run; this is a recording. o opens the list of scenarios":
        "那是给运行中的服务器用的；这是录制。o 打开场景列表",
    "that is for the lab's own servers; this is your program": "那是给实验室自己的服务器用的；这是你的程序",
    "{program} has ended. N goes back, R starts it anew": "{program} 已结束。N 后退，R 重新启动它",
    "{program} is no longer watched. N goes back": "已不再观察 {program}。N 后退",
    "{program} runs: what it does comes by itself. c lets it stand, N goes back":
        "{program} 在运行：它做的事会自己出现。c 让它停住，N 后退",
    "{program} stands at its next call. c lets it go on, N goes back": "{program} 停在下一个调用。c 让它继续，N 后退",
    "{program} stands: no call of it was interrupted. c lets it go on":
        "{program} 停住了：它的调用没有被打断。c 让它继续",
    "end {program} and start it anew? y does that, any other key goes on":
        "结束 {program} 并重新启动？y 照办，其他键继续",
    "end {program}? y ends it, any other key goes on": "结束 {program}？y 结束它，其他键继续",
    "a traced program can't be held before its waits, so there is nothing to predict":
        "被跟踪的程序不能停在等待之前，所以无从预测",
    "a traced program would stand still while muxviz does: q leaves it":
        "muxviz 停下时，被跟踪的程序也会停住：按 q 退出",
    "muxviz did not start this program, and does not start it anew": "这个程序不是 muxviz 启动的，也不由它重新启动",
    "the clients of a traced program are its own: muxviz has none to drive":
        "被跟踪的程序有自己的客户端：muxviz 没有可驱动的",
    "lanes {lanes}": "泳道 {lanes}",
    "your own program: leave with q, then  muxviz run SCRIPT  or  muxviz run -m MODULE":
        "你自己的程序：按 q 退出，然后  muxviz run SCRIPT  或  muxviz run -m MODULE",
    "open recording": "打开录制",
    "fix on: what you start has the scenario's fix, such as drain: read until EAGAIN":
        "修正开：之后启动的带有场景的修正，例如 drain：读到 EAGAIN 为止",
    "fix off: what you start is as the scenario tells it": "修正关：之后启动的与场景所述一致",
    "tab: the next one here": "tab：这里的下一个",
    "a file's name": "文件名",
    "name a file; escape goes back": "请写文件名；escape 返回",
    "enter starts the chosen scenario; q quits": "enter 启动选中的场景；q 退出",
    "the lab needs Linux; here o opens a recording": "实验台需要 Linux；在这里按 o 打开录制",
    "such as  fd == 5 and unread > 0 and not reported": "例如  fd == 5 and unread > 0 and not reported",
    "no wakeup comes after this moment": "这一步之后没有唤醒",
    "no client action comes after this moment": "这一步之后没有客户端动作",
    "there is no wakeup before this moment": "这一步之前没有唤醒",
    "there is no client action before this moment": "这一步之前没有客户端动作",
    "this is the recording's end; N goes back, g to its beginning": "录制到此结束；N 后退，g 回到开头",
    "this is before the first step": "这里是第一步之前",
    "{lane} makes no call after this moment": "这一步之后 {lane} 没有调用",
    "{lane} made no call before this moment": "这一步之前 {lane} 没有调用",
    "{lane} has made no call yet": "{lane} 还没有调用",
    "{lane} has no fd here that is followed; f follows another client":
        "{lane} 在这里没有被跟踪的 fd；f 跟踪另一个客户端",
    "there is no marker after this moment; m sets one": "这一步之后没有标记；m 设置一个",
    "there is no marker before this moment; m sets one": "这一步之前没有标记；m 设置一个",
    "forward to": "向前到",
    "back to": "向后到",
    "enter alone: {question}": "只按 enter：{question}",
    "nothing was asked yet: / asks for a condition": "还没有问过：/ 按条件提问",
    "{asked}: event {n}.  . and , go on": "{asked}：事件 {n}。  . 和 , 继续",
    "{asked}: nowhere after this moment": "{asked}：此刻之后没有",
    "{asked}: nowhere before this moment": "{asked}：此刻之前没有",
    "17 step   n120 event   b2 client action   1.5s or 0:01.5 time   start, end, a marker":
        "17 步   n120 事件   b2 客户端动作   1.5s 或 0:01.5 时间   start、end、标记",
    "the scenario is over: every lane sleeps. R restarts{mends}, o has others":
        "场景结束：每条泳道都在睡眠。R 重新开始{mends}，o 看其他场景",
    "the scenario is over, though {lanes} go on.": "场景结束，但 {lanes} 还在继续。",
    "R restarts{mends}, o has others": "R 重新开始{mends}，o 看其他场景",
    ", d: {fix}": "，d：{fix}",
    "the scenario is over: every lane sleeps. N goes back, R restarts":
        "场景结束：每条泳道都在睡眠。N 后退，R 重新开始",
    "{lanes} computes, or waits where muxviz can't see it; steps go on without it":
        "{lanes} 在计算，或在 muxviz 看不到的地方等待；其余泳道继续单步",
    "{lanes} computes, or waits where muxviz can't see it; n looks again":
        "{lanes} 在计算，或在 muxviz 看不到的地方等待；n 再看一次",
    "this lane sleeps or has ended; n steps all, and lets a client act once all sleep":
        "这条泳道在睡眠或已结束；n 让全部单步，全都睡眠后由客户端动作",
    "every program has ended; R starts anew": "所有程序都已结束；R 重新开始",
    "every program has ended. N goes back, R starts anew": "所有程序都已结束。N 后退，R 重新开始",
    "the program sleeps until something reaches it from outside; R restarts":
        "程序睡眠，直到外面有东西到来；R 重新开始",
    " and ": " 和 ",
    "the lab stopped: ": "实验室停止了：",
    "1-{count}: {lanes}   enter starts, escape back": "1-{count}：{lanes}   enter 启动，escape 返回",
    "on": "开",
    "OFF": "关",
    "{file} has no events": "{file} 里没有事件",
    "this trace is not recorded, so the marker lasts until you quit": "这次跟踪没有录制，所以标记只保留到你退出",
    "{file} · what strace printed": "{file} · strace 的输出",
    "this recording has no end, so the marker lasts until you quit": "这个录制没有结尾，所以标记只保留到你退出",
    "{trouble}; its {count} events are here": "{trouble}；它的 {count} 个事件都在",
    "{trouble}; the {count} events before it are here": "{trouble}；之前的 {count} 个事件都在",
    "{file} · recorded {day} on Linux {kernel}": "{file} · 录于 {day}，Linux {kernel}",
    "{file} · recorded on Linux {kernel}": "{file} · 录于 Linux {kernel}",
    "another worker has it": "由另一个工作进程接受",
    "elsewhere": "在别处",
    "What it came to: {what}.": "结果：{what}。",
    "{call} failed with {error}": "{call} 失败：{error}",
    "{call} succeeded": "{call} 成功",
    "{action} was tried, in every lane at once: its {why}.": "{action}：在每条泳道同时尝试，其 {why}。",
    "{action} was tried: its {why}.": "{action}：已尝试，其 {why}。",
    "New data brings the next report; no epoll_ctl can name fd {fd}, which is closed.": (
        "新数据会带来下一次报告；fd {fd} 已关闭，epoll_ctl 无法再指明它。"
    ),
}  # fmt: skip
