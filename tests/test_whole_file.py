"""A file is written whole or not at all, wherever its name leads, and nothing is left beside it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from muxviz import whole_file
from muxviz.export import FORMATS
from muxviz.whole_file import DRAFT_PREFIX, write_whole
from tests.conftest import MUXVIZ, run_muxviz
from tests.limits import UNCOMPILED, no_larger


def left(directory: Path) -> list[str]:
    """Drafts in a directory."""
    return [path.name for path in directory.iterdir() if path.name.startswith(DRAFT_PREFIX)]


def failing() -> Iterator[str]:
    yield "half"
    raise OSError(28, "No space left on device")


def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "new", ["a", "b"])
    finally:
        assert os.umask(before) == 0o027
    assert (tmp_path / "new").read_text() == "ab" and stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


def test_a_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    file = tmp_path / "old"
    file.write_text("old")
    file.chmod(0o604)
    write_whole(file, ["new"])
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("new", 0o604)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_replaced_file_keeps_its_owner_and_group(tmp_path: Path) -> None:
    file = tmp_path / "old"
    file.write_text("old")
    try:
        os.chown(file, 1234, 4321)
    except OSError:  # user_namespaces(7): EINVAL for an owner whom the namespace does not map
        pytest.skip("these users are not known here: a user namespace")
    file.chmod(0o664)
    write_whole(file, ["new"])
    found = file.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (1234, 4321, 0o664)


def test_another_group_is_not_let_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*args: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    file = tmp_path / "old"
    file.write_text("old")
    file.chmod(0o664)
    monkeypatch.setattr(os, "fchown", refused)
    write_whole(file, ["new"])
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("new", 0o604)


def test_what_is_written_runs_as_nobody_else(tmp_path: Path) -> None:
    file = tmp_path / "old"
    file.write_text("old")
    file.chmod(0o6755)
    write_whole(file, ["new"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o755


def test_another_name_of_the_file_keeps_what_it_held(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    (tmp_path / "other").hardlink_to(tmp_path / "old")
    write_whole(tmp_path / "old", ["new"])
    assert ((tmp_path / "old").read_text(), (tmp_path / "other").read_text()) == ("new", "old")


def test_everything_is_on_the_disk_before_it_takes_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = []
    monkeypatch.setattr(os, "fsync", lambda handle: there.append((os.fstat(handle).st_size, (tmp_path / "x").exists())))
    write_whole(tmp_path / "x", ["four"])
    assert there == [(4, False)]


@pytest.mark.needs("another user")
def test_a_file_that_may_not_be_written_is_left_alone() -> None:
    """Its directory may be, and so it could be replaced."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        directory = Path(name)
        (directory / "file").write_text("old")
        (directory / "file").chmod(0o444)
        directory.chmod(0o777)
        child = os.fork()
        if not child:
            status = 1
            try:
                if os.geteuid() == 0:
                    os.setgroups([])
                    os.setuid(65534)
                write_whole(directory / "file", ["new"])
            except PermissionError as error:
                status = 0 if error.filename == str(directory / "file") else 2
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        assert (directory / "file").read_text() == "old" and not left(directory)


@pytest.mark.parametrize("error", [OSError(28, "full"), KeyboardInterrupt(), ValueError("a mistake")])
def test_what_fails_leaves_the_old_file_and_nothing_else(error: BaseException, tmp_path: Path) -> None:
    def parts() -> Iterator[str]:
        yield "half"
        raise error

    (tmp_path / "old").write_text("old")
    for name in ("old", "new"):
        with pytest.raises(type(error)):
            write_whole(tmp_path / name, parts())
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"old": "old"}


def test_a_draft_is_its_owners_alone_and_no_two_have_a_name(tmp_path: Path) -> None:
    seen = []

    def parts() -> Iterator[str]:
        (draft,) = left(tmp_path)
        seen.append((draft, stat.S_IMODE((tmp_path / draft).stat().st_mode)))
        yield "x"

    for _ in range(3):
        write_whole(tmp_path / "file", parts())
    assert len({name for name, _ in seen}) == 3 and {mode for _, mode in seen} == {0o600}


def test_a_name_that_is_taken_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "urandom", bytes)
    (tmp_path / "victim").write_text("victim")
    (tmp_path / f"{DRAFT_PREFIX}{bytes(12).hex()}").symlink_to("victim")
    with pytest.raises(FileExistsError):
        write_whole(tmp_path / "file", ["x"])
    assert (tmp_path / "victim").read_text() == "victim" and not (tmp_path / "file").exists()
    assert len(left(tmp_path)) == 1, "what somebody else put there stays"


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there/second")
    (tmp_path / "there/second").symlink_to("../file")
    for words in ("made", "replaced"):
        write_whole(tmp_path / "link", [words])
        assert (tmp_path / "file").read_text() == words
    assert (tmp_path / "link").is_symlink() and (tmp_path / "there/second").is_symlink()


def test_a_circle_of_links_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        write_whole(tmp_path / "a", ["x"])


@pytest.mark.parametrize("count", [40, 41])
def test_as_many_links_are_followed_as_the_kernel_follows(count: int, tmp_path: Path) -> None:
    (tmp_path / "0").write_text("old")
    for number in range(count):
        (tmp_path / str(number + 1)).symlink_to(str(number))
    last = tmp_path / str(count)
    try:
        last.read_text()
    except OSError as error:
        with pytest.raises(OSError, match="symbolic links") as told:
            write_whole(last, ["new"])
        assert told.value.errno == error.errno
    else:
        write_whole(last, ["new"])
        assert (tmp_path / "0").read_text() == "new"


def test_a_link_that_is_put_there_meanwhile_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link").symlink_to(os.devnull)
    monkeypatch.setattr(whole_file, "_followed", lambda path: path)
    with pytest.raises(OSError, match="symbolic links"):
        write_whole(tmp_path / "link", ["x"])


@pytest.mark.needs("another user")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's link")
def test_another_users_link_in_a_shared_directory_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("victim")
    (tmp_path / "file").symlink_to("victim")
    os.chown(tmp_path / "file", 65534, 65534, follow_symlinks=False)
    tmp_path.chmod(0o1777)
    with pytest.raises(PermissionError, match="another user"):
        write_whole(tmp_path / "file", ["x"])
    assert (tmp_path / "victim").read_text() == "victim"


def test_a_directory_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path, failing())
    (tmp_path / "link").symlink_to(".")
    with pytest.raises(IsADirectoryError) as told:
        write_whole(tmp_path / "link", failing())
    assert told.value.filename == str(tmp_path / "link")


def test_a_pipe_is_written_into_and_stays(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_text()))
    reader.start()
    write_whole(tmp_path / "pipe", ["through"])
    reader.join()
    assert read == ["through"] and stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode) and not left(tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_device_is_told() -> None:
    with pytest.raises(OSError, match="No space left"):
        write_whole(Path("/dev/full"), ["x"])


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="names of Linux")
@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_by_name_goes_on_where_it_stands(name: str, tmp_path: Path) -> None:
    code = (
        f"from pathlib import Path; from muxviz.whole_file import write_whole; write_whole(Path({name!r}), ['new\\n'])"
    )
    script = f'(echo before; {sys.executable} -c "{code}"; echo after) > {tmp_path}/out'
    subprocess.run(["bash", "-c", script], check=True)
    assert (tmp_path / "out").read_text() == "before\nnew\nafter\n"


# --- the commands ----------------------------------------------------------------------------------------------------


HELD = """
import os, sys
def held(handle, sync=os.fsync):
    sync(handle)
    print("draft", flush=True)
    sys.stdin.readline()
os.fsync = held
from muxviz.__main__ import main
main()
"""
"""muxviz, with its draft written and not yet in its place until a line comes in."""


@pytest.mark.parametrize(
    "command",
    [["check", "FILE", "--format", "sarif", "-o", "OUT"], *(["export", "FILE", f"OUT{form}"] for form in FORMATS)],
    ids=lambda command: command[-1],
)  # fmt: skip
def test_a_full_disk_leaves_the_old_file(command: list[str], recordings: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / command[-1].replace("OUT", "out")
    out.write_text("old")
    words = [
        str(recordings["echo"]) if word == "FILE" else str(out) if word.startswith("OUT") else word for word in command
    ]
    done = run_muxviz(*words, preexec_fn=no_larger(8192), env=UNCOMPILED)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert f"can't write {out}: File too large" in done.stderr
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {out.name: "old"}


@pytest.mark.parametrize(
    "command", [["check", "FILE", "-o", "OUT"], ["export", "FILE", "OUT.txt"]], ids=lambda one: one[0]
)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT])
def test_a_signal_that_ends_it_leaves_the_old_file(
    number: signal.Signals, command: list[str], recordings: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / command[-1].replace("OUT", "out")
    out.write_text("old")
    words = [
        str(recordings["reset"]) if word == "FILE" else str(out) if word[:3] == "OUT" else word for word in command
    ]
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, "-c", HELD, *words], stdin=pipe, stdout=pipe, stderr=pipe)
    assert process.stdout is not None and process.stdout.readline() == b"draft\n"
    assert left(tmp_path)
    process.send_signal(number)
    _, said = process.communicate(timeout=100)
    assert (process.returncode, said.strip()) == (128 + number, b"")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {out.name: "old"}


def test_a_signal_that_is_ignored_stays_so(recordings: dict[str, Path], tmp_path: Path) -> None:
    words = ["export", str(recordings["reset"]), str(tmp_path / "out.txt")]
    process = subprocess.Popen(
        [sys.executable, "-c", HELD, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),  # noqa: PLW1509 (the child has one thread)
    )  # fmt: skip
    assert process.stdout is not None and process.stdout.readline() == b"draft\n"
    process.send_signal(signal.SIGHUP)
    process.communicate(b"go on\n", timeout=100)
    assert process.returncode == 0 and (tmp_path / "out.txt").read_text().startswith("muxviz")


def test_check_writes_into_a_file_that_is_a_link(recordings: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("report.sarif")
    run_muxviz("check", recordings["reset"], "--format", "sarif", "-o", tmp_path / "link")
    assert (tmp_path / "report.sarif").read_text().startswith("{") and (tmp_path / "link").is_symlink()


OUTPUTS = [
    line.split()
    for line in (
        "show FILE", "show FILE --format jsonl", "check FILE", "replay FILE", "scenarios", "scenarios echo", "doctor",
        "doctor --format json", "facts --format json", "--help",
    )
]  # fmt: skip


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("command", OUTPUTS, ids=" ".join)
def test_output_that_can_t_be_written_is_one_line_and_status_2(command: list[str], recordings: dict[str, Path]) -> None:
    words = [*MUXVIZ, *(str(recordings["reset"]) if word == "FILE" else word for word in command)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1) and "No space left on device" in done.stderr
        assert "standard output" in done.stderr or command == ["--help"]
        assert subprocess.run(words, stdout=full, stderr=full, check=False).returncode == 2


@pytest.mark.parametrize("command", OUTPUTS, ids=" ".join)
def test_a_reader_that_has_gone_is_no_news(command: list[str], recordings: dict[str, Path]) -> None:
    """And no verdict: the status is what a shell tells of a program that SIGPIPE ended."""
    words = [*MUXVIZ, *(str(recordings["reset"]) if word == "FILE" else word for word in command)]
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(words, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")
