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
}
