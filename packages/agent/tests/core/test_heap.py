"""The shared heap, in a process of its own: it cannot be taken back."""

import subprocess
import sys

import pytest

_PROGRAM = """
import threading
from opsentrix_agent import heap
if {shared}:
    heap.share_heap()
kept, done, seen = [], threading.Barrier(5), threading.Event()

def work():
    kept.append([bytes(20_000) for _ in range(20)])
    done.wait()
    seen.wait()

for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
done.wait()
# A heap of a thread's own is a stretch of 64 MB, the rest of which may not be touched yet.
spans = [line.split()[0].split("-") for line in open("/proc/self/maps") if "---p" in line]
print(sum(60 << 20 < int(end, 16) - int(start, 16) < 64 << 20 for start, end in spans))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_threads_share_one_heap() -> None:
    def heaps(*, shared: bool) -> int:
        program = _PROGRAM.format(shared=shared)
        return int(subprocess.check_output([sys.executable, "-c", program], text=True))

    assert heaps(shared=True) == 0
    if not heaps(shared=False):
        pytest.skip("this C library has one heap anyway")


def test_another_c_library_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    from opsentrix_agent import heap

    monkeypatch.setitem(sys.modules, "_ctypes", None)
    heap.share_heap()
