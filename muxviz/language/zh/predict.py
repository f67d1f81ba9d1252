"""Predicting, and driving a client by hand."""

from __future__ import annotations

from typing import Final

PREDICT: Final[dict[str, str]] = {
    # predicting
    "predict": "预测",
    "predict the reports": "预测报告",
    "predicted {right}/{asked}": "预测 {right}/{asked}",
    "you: {choice}": "你：{choice}",
    "What will each of these waits report?": "这些等待各会报告什么？",
    "A number key changes a lane's answer, enter commits, escape skips.":
        "数字键改变一条泳道的答案，enter 提交，escape 跳过。",
    "enter commits": "enter 提交",
    "escape skips": "escape 跳过",
    "p ends predicting": "p 结束预测",
    "; {right} of {asked} were right": "；{asked} 次中对了 {right} 次",
    "predicting is off": "预测已关闭",
    "predicting is on; it begins when the programs are held: c holds them":
        "预测已打开；程序暂停后开始：c 暂停它们",
    "predicting is on: before waits return you say what they will report. n goes on":
        "预测已打开：在等待返回之前，由你说出它们会报告什么。n 继续",
    "Right: it reports {what}.": "对了：它报告 {what}。",
    "You said that it would report {what}.": "你说的是：它会报告 {what}。",
    "client {name}": "客户端 {name}",
    # driving a client
    "drive client": "操作客户端",
    "drive a client": "手动操作客户端",
    "drive a client by hand": "手动操作一个客户端",
    "connect": "连接",
    "send": "发送",
    "read": "读取",
    "close": "关闭",
    "reset": "重置",
    "type": "输入",
    "another": "换一个",
    "(closed)": "（已关闭）",
    "enter sends; *5000 is so many, \\n \\x00 are bytes": "enter 发送；*5000 是这么多字节，\\n \\x00 是字节",
    "{client} sends": "{client} 发送",
    "no client is connected yet; c connects {new}": "还没有客户端连接；c 连接 {new}",
    "{client} is not connected; c connects {new}": "{client} 没有连接；c 连接 {new}",
    "{client} is closed; c connects {new}": "{client} 已关闭；c 连接 {new}",
    "one send takes 1 to {most} bytes": "一次发送 1 到 {most} 字节",
    "type at least one byte; escape goes back": "请至少输入一个字节；escape 返回",
    "a recording's clients have done what they did; k drives those of programs that run":
        "录制里的客户端已成定局；k 只能操作运行中程序的客户端",
    "the lab has stopped; R starts anew": "实验室已停止；R 重新开始",
    "every program has ended: no client can reach one. R starts anew": "所有程序都已结束：客户端连不上了。R 重新开始",
    "no program listens yet; n steps on until one does": "还没有程序在监听；n 单步，直到有程序监听",
}  # fmt: skip
