"""The drop-ins say of themselves what the originals say, and refuse what they refuse, in the same words."""

from __future__ import annotations

from pathlib import Path

import pytest

from muxviz.sources.ring.lane_reader import Mode
from tests.probe.lanes import alone, observed

PROGRAM = """
import copy, inspect, select, socket, ssl

def signature(it):  # CPython 3.13.0 fails on epoll.register's with an AttributeError
    try:
        return inspect.signature(it)
    except Exception as error:
        return type(error).__name__

ep, p, s = select.epoll(), select.poll(), socket.socket()
poll = type(p)
for call in '''
    ep.register() | ep.register(1, 2, 3) | ep.register(x=1) | ep.register('a') | ep.register(1, 'a') | ep.register(-1)
    ep.register(1, x=2) | ep.register(fd=s, eventmask=1) | ep.modify(eventmask=4, fd=s) | ep.unregister(fd=s)
    ep.modify(1) | ep.modify(1, 2, 3) | ep.modify() | ep.unregister() | ep.unregister(1, 2) | ep.unregister(s)
    ep.poll(1, 2, 3) | ep.poll('a') | ep.poll(x=1) | ep.poll(0, 0) | ep.poll(0, 'a') | ep.poll(maxevents=1, timeout=0)
    ep.fileno(1) | ep.close(1) | ep.__enter__(1) | ep.fromfd() | ep.fromfd('a') | copy.copy(ep) | ep.closed
    select.epoll(1, 2, 3) | select.epoll(x=1) | select.epoll('a') | select.epoll(0) | select.epoll(sizehint=9).closed
    p.register() | p.register(1, 2, 3) | p.register('a') | p.register(1, 'a') | p.register(1, -1) | p.register(fd=1)
    p.register(1, 2 ** 40) | p.modify(1) | p.modify(99, 1) | p.unregister() | p.unregister(99) | p.unregister(fd=1)
    p.poll('a') | p.poll(1, 2) | p.poll(timeout=1) | p.poll(0) | copy.copy(p)
    select.poll(1) | poll() | type('X', (poll,), {}) | type('X', (select.epoll,), {}) | poll.__name__ | repr(poll)
    select.select() | select.select(1, 2, 3) | select.select([], [], [], 'a') | select.select([], [], [], -1)
    select.select([], [], [], timeout=1) | select.select([-1], [], []) | select.select(['a'], [], [], 0)
    s.bind() | s.bind(address=1) | s.listen('a') | s.recv_into() | s.recv_into(x=1) | s.sendall(data=b'') | s.sendall()
    s.shutdown() | s.shutdown(how=1) | s.setsockopt(1) | s.setsockopt(1, 2, None) | s.recv() | s.send() | s.send(1, 2)
'''.replace('\\n', '|').split('|'):
    if call.strip():
        try:
            print(call, eval(call.strip()))
        except Exception as error:
            print(call, type(error).__name__, error)
for place, names in (
    (select, 'select poll'),
    (select.epoll, 'register modify unregister poll fileno close fromfd __enter__ __exit__'),
    (poll, 'register modify unregister poll'),
    (ssl.SSLSocket, 'read write send sendall recv recv_into do_handshake unwrap shutdown'),
    (socket.socket, 'recv send sendall recv_into bind connect listen shutdown setsockopt detach __init__'),
):
    print(place.__doc__, place.__name__)
    for name in names.split():
        it = getattr(place, name)
        told = [getattr(it, n, None) for n in ('__name__', '__qualname__', '__doc__', '__text_signature__')]
        print(*told, signature(it), sep='\\n    ')
print(select.epoll.__doc__)
print(ssl.SSLSocket.__mro__, sorted(vars(ssl.SSLSocket)), inspect.signature(ssl.SSLSocket.do_handshake))
for wrong in ('ssl.SSLSocket.read()', 'ssl.SSLSocket.read(s)', 'ssl.SSLSocket.write(s)', 'ssl.SSLSocket.unwrap(3)'):
    try:
        print(wrong, eval(wrong))
    except Exception as error:
        print(wrong, type(error).__name__, error)
for base in ('socket.socket', 'ssl.SSLSocket'):
    for given in ('', ', a=1'):
        try:
            exec(f'class Own({base}{given}): pass')
            print(Own.__mro__)
        except Exception as error:
            print(base, given, type(error).__name__, error)
class Told(socket.socket):
    def __init_subclass__(cls, **given):
        super().__init_subclass__()
        print('told', cls.__name__, given)
class Teller(Told, a=1): pass
bound = ep.modify if signature(select.epoll.register) == 'AttributeError' else ep.register
print(signature(bound), signature(p.poll), select.select.__module__, select.epoll.__module__)
"""


@pytest.mark.parametrize("mode", Mode)
def test_the_same_words(mode: Mode, tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(PROGRAM)
    bare, done = alone([str(file)]), observed([str(file)], mode)
    assert bare.status == 0, bare.err
    assert done.out.splitlines() == bare.out.splitlines()
    assert (done.err, done.status) == (bare.err, bare.status)
