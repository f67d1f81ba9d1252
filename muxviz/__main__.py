"""`muxviz`, and `python -m muxviz`."""

import signal


def main() -> None:
    """Run the command. Ctrl-C while it is still being imported ends it at once, without a traceback."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from muxviz.cli import main as run

    run()


if __name__ == "__main__":
    main()
