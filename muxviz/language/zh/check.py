"""What `muxviz check` says around a finding's own words."""

from __future__ import annotations

from typing import Final

CHECK: Final[dict[str, str]] = {
    "{rule} on {who}, lane {lanes}": "{rule}，{who}，泳道 {lanes}",
    "{rule} on {who}, {sure}: {facts}.": "{rule}，{who}，{sure}：{facts}。",
    "and once more, on {fds}": "还有一次，在 {fds}",
    "and {count} times more, on {fds}": "还有 {count} 次，在 {fds}",
    "observed": "观察到",
    "helps": "怎样修正",
    "1 finding": "1 个发现",
    "{count} findings": "{count} 个发现",
    "no findings": "没有发现",
    "{count} certain": "{count} 个确定",
    "{count} likely": "{count} 个很可能",
    "{count} possible": "{count} 个可能",
    "{count} for information": "{count} 个仅供参考",
    "{count} cancelled by a later read": "{count} 个被之后的读取取消",
    "{count} more found and not kept": "另有 {count} 个，未保留",
    "the recording is cut short: judged as far as it goes": "录制不完整：只检查了已有的部分",
    "Where the program was started.": "程序启动时所在的目录。",
    "{count} ignored by --ignore": "{count} 个由 --ignore 忽略",
    "{count} ignored by a comment at the line": "{count} 个由该行的注释忽略",
    "{count} known from the baseline": "{count} 个已在基线中",
    # muxviz rules
    "what proves it": "凭什么认定",
    "how sure": "有多确定",
    "what helps": "怎样修正",
    "what shows it": "哪里可以看到",
    "read on": "延伸阅读",
    "to live with it": "若要容忍",
    "a look at the queue found it there while the program slept": "程序睡着时查看队列，发现它就在那里",
    "after the next report the program left the same open once more, in the same way":
        "下一次报告之后，程序又以同样的方式留下了同样的问题",
    "the calls leave it open and nobody saw the queue, or another fd was full: back-pressure":
        "从调用看不能确定，也没有人看过队列；或者另一个 fd 已满：反压",
    "the kernel showed it asleep, or it began, blocking, where nothing was to be had":
        "内核显示它睡着了，或者它在无物可取时以阻塞方式开始",
    "a traced call on a blocking fd lasted a second": "被追踪的调用在阻塞 fd 上持续了一秒",
    "it took long, and may have waited for a processor rather than for the fd":
        "它花了很久，但可能是在等处理器，而不是等 fd",
}  # fmt: skip
