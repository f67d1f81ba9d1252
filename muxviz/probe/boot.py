"""The lane's first lines: `python boot.py RING TOKEN BELL PARENT QUEUE_NAME WATCH PAYLOAD HELD -- PROGRAM`, which is
`SCRIPT [ARG…]` or `-m MODULE [ARG…]`.

The rest of the probe is loaded under a name of its own and taken out of sys.modules before the program starts: the
program's world has what it would have alone, `muxviz` is not imported by having been observed, and the interpreter's
end does not clear what the last closes still need.
"""

import importlib.util
import os
import sys


def _load() -> object:
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib costs the lane's start 3 ms
    name = "_muxviz_probe"
    spec = importlib.util.spec_from_file_location(name, here + "/__init__.py", submodule_search_locations=[here])
    assert spec is not None and spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    spec.loader.exec_module(package)
    module = importlib.import_module(name + ".program")
    for loaded in [loaded for loaded in sys.modules if loaded.partition(".")[0] == name]:
        del sys.modules[loaded]
    return module


if __name__ == "__main__":
    _load().main()  # type: ignore[attr-defined]
