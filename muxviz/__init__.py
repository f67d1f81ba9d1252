"""muxviz: a debugger for readiness."""

__version__ = "0.1.0"
