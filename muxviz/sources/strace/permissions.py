"""Whether something can be traced here, and if not, why and what to do: one line each.

Nothing here touches the process that is asked about. Whether the kernel lets us attach is told by opening
/proc/PID/mem: that is decided by the same check as ptrace's (ptrace(2), "Ptrace access mode checking"), Yama included.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import stat
import subprocess
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from muxviz.sources.strace.launch import name_of

INSTALL: Final = "apt install strace (or dnf, pacman, apk)"
OLDEST: Final = (5, 3)
"""The first strace with --seccomp-bpf."""
_CAP_SYS_PTRACE: Final = 19
"""include/uapi/linux/capability.h"""
_TRIAL_SECONDS: Final = 10
YAMA: Final = Path("/proc/sys/kernel/yama/ptrace_scope")


class Trial(NamedTuple):
    """The result of tracing a command that does nothing."""

    trouble: str | None
    """Why it can't be done, and what to do."""
    filtered: bool = False
    """Calls that nobody asked about go at full speed (seccomp)."""


def version() -> tuple[int, ...] | None:
    """strace's; None where there is none."""
    if shutil.which("strace") is None:
        return None
    try:
        told = subprocess.run(["strace", "-V"], check=False, capture_output=True, text=True, timeout=_TRIAL_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"version (\d+)\.(\d+)", told.stdout)
    return tuple(map(int, found.groups())) if found else ()


@cache
def trial() -> Trial:
    """Trace `true`."""
    if shutil.which("strace") is None:
        return Trial(f"strace is not installed: {INSTALL}")
    command = ["strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=execve", "-e", "signal=none", "--", "true"]
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, errors="replace", timeout=_TRIAL_SECONDS
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Trial(f"strace can't be run: {error}")
    complaints = [line for line in done.stderr.splitlines() if line.startswith("strace:")]
    if done.returncode == 0 and "execve(" in done.stderr:
        return Trial(None, filtered=not any("seccomp" in line for line in complaints))
    if "--seccomp-bpf" in done.stderr and (version() or OLDEST) < OLDEST:
        return Trial(f"this strace is too old: {'.'.join(map(str, OLDEST))} or a later one is needed")
    said = complaints[0].removeprefix("strace: ") if complaints else f"exit status {done.returncode}"
    denied = next((line.removeprefix("strace: ") for line in complaints if "not permitted" in line), None)
    if denied is not None:
        return Trial(
            f"ptrace is forbidden here ({denied}): start the container with --cap-add=SYS_PTRACE, or go outside"
        )
    return Trial(f"strace does not work here: {said}")


def may_trace_all() -> bool:
    """Whether we have CAP_SYS_PTRACE (capabilities(7)), as root has outside of a container."""
    return bool(int(_status(os.getpid()).get("CapEff", "0"), 16) >> _CAP_SYS_PTRACE & 1)


def why_not_start(command: str) -> str | None:
    """Why a command can't be started under strace as it would be without."""
    found = shutil.which(command)
    if found is None:
        if Path(command).is_dir():
            return f"{command} is a directory"
        if "/" in command and Path(command).exists():
            return f"{command} is not executable: chmod +x it, or name its interpreter before it"
        return f"no such command: {command}"
    raises = _raises(Path(found))
    if raises is None or may_trace_all():
        return None
    return f"{found} {raises}, and a traced program does not get that: run muxviz as root (sudo muxviz trace …)"


def _raises(program: Path) -> str | None:
    """How a program gets rights that whoever starts it does not have (execve(2))."""
    try:
        about = program.stat()
        if about.st_mode & stat.S_ISUID and about.st_uid != os.geteuid():
            return f"is setuid {_user(about.st_uid)}"
        if about.st_mode & stat.S_ISGID and about.st_mode & stat.S_IXGRP and about.st_gid != os.getegid():
            return "is setgid"
        return "has file capabilities" if os.getxattr(program, "security.capability") else None
    except OSError:
        return None


def why_not_attach(pid: int, *, yama: Path = YAMA) -> str | None:
    """Why strace can't attach to a process."""
    told = _status(pid)
    if not told or told.get("State", "").startswith(("Z", "X")):
        return f"no process has the number {pid}" if not told else f"process {pid} has ended"
    group, tracer = int(told["Tgid"]), int(told["TracerPid"])
    who = f"{pid} ({told['Name']})"
    if group != pid:
        return f"{who} is a thread of process {group}: trace -p {group} watches all of them"
    if pid == os.getpid():
        return f"{pid} is this muxviz, which can't trace itself"
    if _is_kernel_thread(pid):
        return f"{who} is a thread of the kernel, which makes no system calls"
    if tracer:
        return f"{who} is traced already, by {tracer} ({name_of(tracer)}): end that first"
    try:
        os.close(os.open(f"/proc/{pid}/mem", os.O_RDONLY))
    except FileNotFoundError:
        return f"no process has the number {pid}"
    except OSError:
        return _forbidden(who, int(told["Uid"].split()[1]), yama)
    return None


def _forbidden(who: str, owner: int, yama: Path) -> str:
    """Why the kernel does not let us attach."""
    if owner != os.geteuid() and not may_trace_all():
        someone = _user(owner)
        as_whom = "as root" if someone == "root" else f"as {someone} or root"
        return f"{who} belongs to {someone}: run muxviz {as_whom} (sudo muxviz trace …)"
    scope = yama_scope(yama)
    if scope == 3:
        return f"this kernel lets nobody attach until it is started anew (Yama, {yama} is 3): trace -- COMMAND works"
    if scope:
        return (
            f"this kernel lets nobody attach but root (Yama, ptrace_scope {scope}): sudo muxviz trace …, or "
            f"sudo sysctl kernel.yama.ptrace_scope=0, or start it with trace -- COMMAND"
        )
    return f"the kernel does not let us attach to {who}, which has more rights or is not dumpable: run muxviz as root"


def yama_scope(yama: Path = YAMA) -> int:
    """What the Yama module allows: 0 all that the kernel does, 1 own children, 2 root, 3 nobody; 0 where there is none
    (Documentation/admin-guide/LSM/Yama.rst)."""
    try:
        return int(yama.read_text())
    except (OSError, ValueError):
        return 0


_PF_KTHREAD: Final = 0x00200000
"""include/linux/sched.h"""


def _is_kernel_thread(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return False
    return bool(int(words[6]) & _PF_KTHREAD)


def _status(pid: int) -> dict[str, str]:
    """The lines of /proc/PID/status; none where there is no such process."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    except OSError:
        return {}
    return {name: rest.strip() for name, _, rest in (line.partition(":") for line in lines)}


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
