"""Runs inside an observed Python program and tells muxviz each call that it makes.

Two sides share one mapped file (`layout`). In the lane: `boot` starts, `program` runs the program, `lifeline`, `gate`,
`ring`, `sites`, `known`, `looks`, `foresee` and `messages` do one thing each, `calls` joins them, and the drop-ins in
`sockets`, `waits` and `files` stand where the program calls; `arguments` says what they were given, `alike` makes them
look like the originals. They import the standard library only, because what they import the program sees. In muxviz:
`link` starts and holds a lane, `decode` makes Events of its records.
"""
