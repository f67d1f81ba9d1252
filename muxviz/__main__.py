"""`muxviz`, and `python -m muxviz`."""

# Built in: `signal` imports `enum` first, and a Ctrl-C meanwhile would be a traceback.
import _signal  # type: ignore[import-not-found]


def main() -> None:
    """Run the command. Ctrl-C while it is still being imported ends it at once, without a traceback."""
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    from muxviz.cli import main as run

    run()


if __name__ == "__main__":
    main()
