"""The calls of OpenSSL and what they fail with."""

from __future__ import annotations

from typing import Final

TLS: Final[dict[str, str]] = {
    "SSL_read returned 0 bytes: {client} has ended its side of the TLS stream.":
        "SSL_read 返回 0 字节：{client}结束了它那一侧的 TLS 流。",
    "The server read {bytes} of {fd}, decrypted; OpenSSL holds {left} more.":
        "服务器从 {fd} 读到已解密的 {bytes}；OpenSSL 里还有 {left} 字节。",
    "The kernel no longer has them: no wait reports them, only SSL_read gives them.":
        "内核里已经没有它们：没有等待会报告，只有 SSL_read 才给出。",
    "The server read {bytes} of {fd}, decrypted.": "服务器从 {fd} 读到已解密的 {bytes}。",
    "In the kernel {bytes} are still unread, encrypted.": "内核里还有 {bytes}密文未读。",
    "OpenSSL holds no more, and in the kernel nothing is left unread.":
        "OpenSSL 里没有剩余，内核里也没有未读的数据。",
    "The server encrypted {bytes} and sent them to {client}.": "服务器加密 {bytes}并发给{client}。",
    "The TLS handshake with {client} is done.": "与{client}的 TLS 握手完成了。",
    "From here on what lies in the queues is encrypted.": "从这里开始，队列里的都是密文。",
    "The server and {client} have ended the TLS stream (close_notify); the connection stays open.":
        "服务器和{client}结束了 TLS 流（close_notify）；连接仍然打开。",
    "{call} on {fd} returned WANT_READ: OpenSSL has read all that had come, and needs more.":
        "对 {fd} 的 {call} 返回 WANT_READ：OpenSSL 已读完到达的全部数据，还需要更多。",
    "A wait for IN tells when more has come.": "等待 IN 会告诉何时又有数据到达。",
    "{call} on {fd} returned WANT_WRITE: there is no room in the send buffer.":
        "对 {fd} 的 {call} 返回 WANT_WRITE：发送缓冲区没有空位。",
    "The server has to ask for OUT, and to make the same call again.": "服务器要请求 OUT，然后再做同一个调用。",
    "{call} on {fd} failed: the TLS connection is broken.": "对 {fd} 的 {call} 失败：TLS 连接已损坏。",
    "{call} on {fd} failed, OpenSSL says why: {reason}.": "对 {fd} 的 {call} 失败，OpenSSL 给出的原因：{reason}。",
    "{call} on {fd} failed: the connection ended without a close_notify.":
        "对 {fd} 的 {call} 失败：连接结束了，却没有 close_notify。",
    "{client} has closed it, or somebody cut it off.": "{client}关闭了它，或者有人切断了它。",
    "OpenSSL holds {bytes} of {fd}, decrypted: the kernel no longer has them, so no wait reports them.":
        "OpenSSL 里有 {fd} 的已解密数据 {bytes}：内核里已经没有它们，所以没有等待会报告。",
    "The server is blocked in {call} on {fd}: OpenSSL has nothing decrypted, and nothing has come.":
        "服务器阻塞在对 {fd} 的 {call} 里：OpenSSL 没有已解密的数据，也没有数据到达。",
    "The server is blocked in {call} on {fd}: the other end has to answer first.":
        "服务器阻塞在对 {fd} 的 {call} 里：要等对端先应答。",
    # --- errors
    "the connection ended without a close_notify": "连接结束了，却没有 close_notify",
    "TLS itself has failed: what came is not what it allows, or not trusted":
        "TLS 本身失败：收到的内容不合规，或不受信任",
    "a system call inside OpenSSL has failed": "OpenSSL 内部的一个系统调用失败了",
    "the connection has to be made first": "要先建立连接",
    "OpenSSL has read all that had come, and needs more": "OpenSSL 已读完到达的全部数据，还需要更多",
    "OpenSSL found no room to send": "OpenSSL 没有发送的空位",
    "a certificate is asked for and not there yet": "需要一个证书，而它还没有到",
    "the other end has ended the TLS stream": "对端结束了 TLS 流",
    # --- the screen
    "{count} in OpenSSL": "OpenSSL 里 {count}",
    "fd {fd}: {bytes} decrypted, in OpenSSL": "fd {fd}：{bytes}已解密，在 OpenSSL 里",
    "fd {fd}: {count} in OpenSSL": "fd {fd}：OpenSSL 里 {count}",
}  # fmt: skip
