"""What is said of a person's own programs: their clients, what they print and read, the table of all scenarios."""

from __future__ import annotations

from typing import Final

PROGRAMS: Final[dict[str, str]] = {
    # the table of all scenarios
    "scenario": "场景",
    "actions": "动作",
    "echoes": "回显",
    "wakeups": "唤醒",
    "at the end": "结束时",
    "starting": "启动中",
    "{count} scenarios; findings: {findings}; echoes wrong or missing: {wrong}":
        "{count} 个场景；发现：{findings}；错误或缺失的回显：{wrong}",
    "none": "无",
    "{done} of {count}": "{done}/{count}",
    "{count} right": "{count} 个正确",
    "{right} of {count} right": "{count} 个中 {right} 个正确",
    # threads
    "next {call}, thread {tid}": "下一步 {call}，线程 {tid}",
    "thread {tid}": "线程 {tid}",
    # what is printed and read
    "reads its input": "在读输入",
    "what {lane} prints": "{lane} 的输出",
    "nothing yet: both its standard streams end up here": "还没有：它的标准输出和标准错误都会显示在这里",
    "I types a line into its standard input": "I 向它的标准输入键入一行",
    "a recording does not have what programs print": "录制里没有程序的输出",
    "type input": "键入",
    "output": "输出",
    "You type {count} bytes": "你键入 {count} 字节",
    "You end its input": "你结束它的输入",
    "{lanes} reads its standard input: I types a line into it": "{lanes} 在读标准输入：I 键入一行",
    "only a program of your own has a standard input to type into: muxviz run SCRIPT":
        "只有你自己的程序才有可键入的标准输入：muxviz run SCRIPT",
    "{lane} has ended": "{lane} 已结束",
    "into {lane}:": "输入到 {lane}：",
    "enter sends a line, ctrl+d ends its input, escape back": "回车发送一行，ctrl+d 结束输入，escape 返回",
    "escape back": "escape 返回",
    # the clients
    "{who} reads what came back": "{who} 读取返回的数据",
    "the clients of {scenario}": "{scenario} 的客户端",
    "your programs side by side": "你的程序，并排",
    "no program listens where the clients could reach it; R restarts": "没有程序在客户端够得着的地方监听；R 重新开始",
    # keys
    "output, type input": "程序的输出，键入",
    "output, input": "输出、输入",
    "What the programs print, or the wire": "程序的输出，或电平线",
    "a column for each lane": "每条泳道一列",
    "Type into a program's standard input": "向程序的标准输入键入",
    "a line, for the focused lane": "一行，给当前泳道",
}  # fmt: skip
