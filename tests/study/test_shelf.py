"""Finished units on disk: they come back bit by bit, damage is found out, and one process at a time works there."""

from __future__ import annotations

import errno
import logging
import os
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from servsim.errors import InputError, RunError
from servsim.study import shelf as module
from servsim.study.shelf import Shelf, Usage, usage
from servsim.study.work import Outcome

CONTEXT = "0123456789abcdef"
ODD = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, 1 / 3, -1e308])
ODD[4:5].view(np.uint64)[0] |= 0xBEEF  # a NaN with a payload


def outcome(replication: int, values: Any = ODD, digest: str = "a" * 32) -> Outcome:
    return Outcome(digest, replication, np.asarray(values, dtype=np.float64))


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with Shelf(tmp_path / "study") as opened:
        opened.open(CONTEXT)
        yield opened


def packs(shelf: Shelf) -> list[Path]:
    return sorted(shelf.folder.glob("*.pack"))


def test_values_come_back_bit_by_bit(shelf: Shelf) -> None:
    shelf.put([outcome(1), outcome(2, [1.5]), outcome(3, [])])
    shelf.put([outcome(1, [2.5, 3.5], digest="b" * 32)])
    for _ in range(2):  # as they were put, and as they are found by the next one
        found = shelf.get(("a" * 32, 1))
        assert found is not None and found.tobytes() == ODD.tobytes() and found.flags.writeable
        assert [shelf.get((key * 32, n)) is None for key, n in (("a", 2), ("a", 3), ("b", 1))] == [False] * 3
        np.testing.assert_array_equal(shelf.get(("b" * 32, 1)), [2.5, 3.5])
        assert ("a" * 32, 3) in shelf and ("b" * 32, 3) not in shelf and ("c" * 32, 1) not in shelf
        assert shelf.get(("b" * 32, 3)) is None
        shelf.open(CONTEXT)


def test_another_context_is_left_where_it_is(shelf: Shelf) -> None:
    shelf.put([outcome(1), outcome(2)])
    shelf.open("another")
    shelf.put([outcome(1, [7.0])])
    np.testing.assert_array_equal(shelf.get(("a" * 32, 1)), [7.0])
    assert ("a" * 32, 2) not in shelf
    size = sum(file.stat().st_size for file in packs(shelf))
    assert shelf.usage() == Usage(packs=2, units=1, others=2, bytes=size)
    assert usage(shelf.folder.parent) == Usage(packs=2, units=3, others=0, bytes=size)
    shelf.open(CONTEXT)
    assert ("a" * 32, 2) in shelf


def test_usage_of_what_is_not_there(tmp_path: Path) -> None:
    assert usage(tmp_path / "nothing") == Usage(0, 0, 0, 0)
    (tmp_path / "units").mkdir()
    (tmp_path / "units" / "x.pack").write_bytes(b"x")
    (tmp_path / "units" / "y.pack").mkdir()
    assert usage(tmp_path) == Usage(0, 0, 0, 0)


def test_one_put_is_one_file_and_nothing_is_written_twice(shelf: Shelf) -> None:
    shelf.put([outcome(1), outcome(2)])
    shelf.put([outcome(2), outcome(1)])
    shelf.put([])
    assert len(packs(shelf)) == 1
    shelf.put([outcome(2), outcome(3)])
    assert len(packs(shelf)) == 2 and shelf.usage().units == 3


def test_the_same_units_make_the_same_file(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put([outcome(1), outcome(2)])
    with Shelf(tmp_path / "other") as other:
        other.open(CONTEXT)
        other.put([outcome(1), outcome(2)])
        assert {f.name: f.read_bytes() for f in packs(shelf)} == {
            f.name: f.read_bytes() for f in packs(other)
        }


def test_values_are_not_held_in_memory(shelf: Shelf) -> None:
    row = np.zeros(100_000)
    for n in range(20):
        shelf.put([outcome(n, row)])
    tracemalloc.start()
    shelf.open(CONTEXT)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert held < 100_000 < row.nbytes


# --- damage ------------------------------------------------------------------------------------------------


def flipped(file: Path, place: int, bit: int = 0) -> None:
    raw = bytearray(file.read_bytes())
    raw[place] ^= 1 << bit
    file.write_bytes(raw)


def damaged(shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
    """The damaged pack of two is set aside with one warning, and the other stays."""
    caplog.clear()
    with caplog.at_level(logging.WARNING, "servsim"):
        shelf.open(CONTEXT)
    assert [r.levelname for r in caplog.records] == ["WARNING"]
    assert (
        "is damaged" in caplog.text and ".damaged; the replications in it are computed again" in caplog.text
    )
    assert ("a" * 32, 1) not in shelf and ("a" * 32, 2) in shelf
    assert len(packs(shelf)) == 1 and len(list(shelf.folder.glob("*.damaged"))) == 1
    caplog.clear()
    shelf.put([outcome(1)])
    shelf.open(CONTEXT)  # computed again, and nothing is said any more
    assert not caplog.records and shelf.usage().units == 2


@pytest.fixture
def victim(shelf: Shelf) -> Path:
    """A pack of replication 1, beside another of replication 2."""
    shelf.put([outcome(1)])
    (file,) = packs(shelf)
    shelf.put([outcome(2)])
    return file


@pytest.mark.parametrize("place", [0, 15, 16, 31, 32, 50, 80, 130, -65, -64, -9, -1])
@pytest.mark.parametrize("bit", [0, 7])
def test_a_flipped_bit_is_found(
    shelf: Shelf, victim: Path, caplog: pytest.LogCaptureFixture, place: int, bit: int
) -> None:
    flipped(victim, place, bit)
    damaged(shelf, caplog)


@pytest.mark.parametrize("length", [0, 1, 16, 32, 33, 100, -64, -1])
def test_a_cut_file_is_found(
    shelf: Shelf, victim: Path, caplog: pytest.LogCaptureFixture, length: int
) -> None:
    victim.write_bytes(victim.read_bytes()[:length])
    damaged(shelf, caplog)


@pytest.mark.parametrize("content", [b"x", b"\0" * 100, b"servsim units 1\n" + b"\xff" * 200])
def test_a_foreign_file_is_found(
    shelf: Shelf, victim: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    victim.write_bytes(content)
    damaged(shelf, caplog)


def test_more_at_the_end_is_found(shelf: Shelf, victim: Path, caplog: pytest.LogCaptureFixture) -> None:
    victim.write_bytes(victim.read_bytes() + b"\0" * 8)
    damaged(shelf, caplog)


def test_a_folder_of_that_name_is_found(shelf: Shelf, victim: Path, caplog: pytest.LogCaptureFixture) -> None:
    victim.unlink()
    victim.mkdir()
    damaged(shelf, caplog)


@pytest.mark.parametrize(
    "header", [b"[]", b"{}", b'{"context": 1, "units": 3}', b'{"context": "c", "units": [["a", 1]]}', b"\xff"]
)
def test_a_header_that_says_nothing_is_found(
    shelf: Shelf, victim: Path, caplog: pytest.LogCaptureFixture, header: bytes
) -> None:
    """Its hash is right: somebody else wrote it."""
    victim.unlink()
    module._write(shelf.folder, [header + b"\n"])
    damaged(shelf, caplog)


def test_without_the_hash_a_flipped_bit_gets_through(
    shelf: Shelf, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sabotaged twin: what is read differs from what was written, and comparing bytes tells."""
    flipped(victim, -64, bit=3)

    class NoHash(bytes):
        def __ne__(self, other: object) -> bool:
            return False

    class Forgetful:
        def digest(self) -> bytes:
            return NoHash()

    def forgetful(pack: Any, *args: object) -> Forgetful:
        pack.seek(0, os.SEEK_END)
        return Forgetful()

    monkeypatch.setattr(module.hashlib, "file_digest", forgetful)
    shelf.open(CONTEXT)
    found = shelf.get(("a" * 32, 1))
    assert found is not None and found.tobytes() != ODD.tobytes()


def test_a_file_cut_or_gone_while_in_use(shelf: Shelf, victim: Path) -> None:
    victim.write_bytes(victim.read_bytes()[:-8])
    with pytest.raises(RunError, match="was cut while it was in use; start again"):
        shelf.get(("a" * 32, 1))
    victim.unlink()
    with pytest.raises(RunError, match="cannot be read: No such file or directory"):
        shelf.get(("a" * 32, 1))


def test_leftovers_of_a_killed_leader_are_swept(shelf: Shelf, victim: Path) -> None:
    (shelf.folder / f"{victim.name}.123.tmp").write_bytes(victim.read_bytes()[:50])
    shelf.open(CONTEXT)
    assert not list(shelf.folder.glob("*.tmp")) and shelf.usage().units == 2


# --- the disk refuses --------------------------------------------------------------------------------------


@pytest.mark.parametrize("broken", ["replace", "open"])
def test_a_full_disk_leaves_nothing_half_written(
    shelf: Shelf, victim: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def full(*args: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = sorted(entry.name for entry in shelf.folder.iterdir())
    with monkeypatch.context() as patch:
        patch.setattr(Path, broken, full)
        with pytest.raises(RunError, match=r"No space left on device; all that was written before is safe"):
            shelf.put([outcome(3)])
    assert sorted(entry.name for entry in shelf.folder.iterdir()) == before
    assert ("a" * 32, 3) not in shelf
    shelf.put([outcome(3)])
    assert ("a" * 32, 3) in shelf


LIMITED = """
import resource, sys
import numpy as np
from servsim.errors import RunError
from servsim.study.shelf import Shelf
from servsim.study.work import Outcome
with Shelf(sys.argv[1]) as shelf:
    shelf.open("c")
    shelf.put([Outcome("a", 1, np.zeros(1000))])
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    try:
        shelf.put([Outcome("a", 2, np.zeros(10_000))])
    except RunError as error:
        print(error)
"""


def test_a_disk_that_takes_no_more(tmp_path: Path) -> None:
    """The system itself refuses in the middle of the file."""
    told = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "File too large; all that was written before is safe" in told.stdout and not told.stderr
    with Shelf(tmp_path) as shelf:
        shelf.open("c")
        assert shelf.usage().units == 1 and [f.suffix for f in packs(shelf)] == [".pack"]
        assert sorted(f.name for f in shelf.folder.iterdir() if f.suffix != ".pack") == [".holder", ".lock"]


@pytest.mark.parametrize("below", ["", "units", "deep/er"])
def test_a_file_in_the_way(tmp_path: Path, below: str) -> None:
    file = tmp_path / "file"
    if below == "units":
        file.mkdir()
        (file / "units").write_text("x")
        below = ""
    else:
        file.write_text("x")
    with pytest.raises(InputError, match="a file stands in the way; a study is kept in a folder"):
        Shelf(file / below)


def test_a_folder_that_cannot_be_written() -> None:
    with pytest.raises(RunError, match="'/proc/nothing' cannot be written: "):
        Shelf("/proc/nothing")  # even root may not


# --- one at a time -----------------------------------------------------------------------------------------

HOLDER = """
import sys, time
from servsim.study.shelf import Shelf
with Shelf(sys.argv[1]):
    print("holding", flush=True)
    time.sleep(60)
"""


def test_a_second_process_is_told_who_is_there_and_a_killed_one_holds_nothing(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"holding\n"
        with pytest.raises(RunError, match=rf"is in use by process {holder.pid} on .+; wait until it ends"):
            Shelf(tmp_path)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with Shelf(tmp_path) as shelf:
            assert shelf.usage() == Usage(0, 0, 0, 0)


def test_twice_in_one_process_is_refused_and_closing_frees(shelf: Shelf) -> None:
    with pytest.raises(RunError, match=f"process {os.getpid()} on "):
        Shelf(shelf.folder.parent)
    (shelf.folder / ".holder").unlink()
    with pytest.raises(RunError, match="in use by another process"):
        Shelf(shelf.folder.parent)
    shelf.close()
    shelf.close()
    with Shelf(shelf.folder.parent) as again:
        assert again.usage().packs == 0
