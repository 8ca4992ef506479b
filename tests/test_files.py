"""Files are complete or untouched."""

from __future__ import annotations

from pathlib import Path

import pytest

from servsim.errors import InputError, RunError
from servsim.files import check_place, write_whole


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    for content in (b"first", b"second"):
        write_whole(file, content)
        assert file.read_bytes() == content
    assert [*tmp_path.iterdir()] == [file]


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"before")
    monkeypatch.setattr(
        Path, "replace", lambda path, target: (_ for _ in ()).throw(OSError(28, "No space left"))
    )
    with pytest.raises(RunError, match=r"a\.txt' cannot be written: No space left"):
        write_whole(file, b"after")
    assert file.read_bytes() == b"before" and [*tmp_path.iterdir()] == [file]


def test_where_nothing_can_be_written_is_told_before(tmp_path: Path) -> None:
    check_place(tmp_path / "a.txt", "the page")
    with pytest.raises(InputError, match=r"the page '.*' is a folder; name a file"):
        check_place(tmp_path, "the page")
    with pytest.raises(InputError, match="is no folder to write in"):
        check_place(tmp_path / "none" / "a.txt", "the page")
