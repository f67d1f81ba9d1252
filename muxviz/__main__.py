"""`muxviz`, and `python -m muxviz`."""

# Built in: `signal` imports `enum` first, and a Ctrl-C meanwhile would be a traceback.
import _signal  # type: ignore[import-not-found]
import sys


def main() -> None:
    """Run the command. Ctrl-C while it is still being imported ends it at once, without a traceback; so does a system
    that has no memory or no descriptors for that. An interrupt that is ignored stays so: a script ignores it for what
    it starts in the background."""
    if _signal.getsignal(_signal.SIGINT) != _signal.SIG_IGN:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    try:
        from muxviz.cli import main as run
    except (ImportError, MemoryError, OSError, SystemError) as error:
        words = str(error) or "out of memory"
        if sys.stderr is not None:
            sys.stderr.write(f"muxviz: can't start: {words if words.isprintable() else ascii(words)}\n")
        sys.exit(2)
    run()


if __name__ == "__main__":
    main()
