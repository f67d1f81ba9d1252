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
}
LABELS: Final[dict[str, str]] = {}
FIXES: Final[dict[str, str]] = {
    "read until EAGAIN": "读到 EAGAIN 为止",
}
