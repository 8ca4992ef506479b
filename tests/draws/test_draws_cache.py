"""Compiled code kept on disk: used again, never when any source has changed, and no hindrance where it is damaged or
cannot be written.

Each run is a process of its own, with a package copied aside so that its files may be changed, and a cache folder
of its own. The function compiled is a small one of the draws; the kernel of the compiled engine is kept like it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import servsim

RUN = """
from numba.core import types
from servsim.draws.cache import is_ready
from servsim.draws.kernel import stream_key
signature = (types.int64,) * 3
print(is_ready(stream_key, signature), stream_key(1, 2, 3), is_ready(stream_key, signature))
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package without anything compiled."""
    folder = tmp_path / "copy" / "servsim"
    shutil.copytree(Path(servsim.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def run(package: Path, cache: Path | None, code: str = RUN, **more: str) -> list[str]:
    """Run code in a process; return the words that it prints. No cache folder: nothing can be kept anywhere."""
    where = {} if cache is None else {"NUMBA_CACHE_DIR": str(cache)}
    env = {**os.environ, "PYTHONPATH": str(package.parent), "HOME": "/nowhere", **where, **more}
    env.pop("XDG_CACHE_HOME", None)
    found = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return found.stdout.split()


def key(package: Path, cache: Path) -> str:
    """Return the key that a run computes."""
    return run(package, cache)[1]


@pytest.mark.slow
def test_what_is_compiled_is_kept(package: Path, tmp_path: Path) -> None:
    assert run(package, tmp_path / "cache")[::2] == ["False", "True"]
    assert run(package, tmp_path / "cache")[::2] == ["True", "True"]


@pytest.mark.slow
@pytest.mark.parametrize("file", ["draws/kernel.py", "network/kinds.py", "engine/compiled/heap.py"])
def test_a_change_in_any_source_is_seen(package: Path, tmp_path: Path, file: str) -> None:
    """numba alone would look at the file of the function only."""
    run(package, tmp_path / "cache")
    path = package / file
    times = path.stat()
    path.write_text(path.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert run(package, tmp_path / "cache")[::2] == ["False", "True"]


def test_a_stale_function_is_not_run(package: Path, tmp_path: Path) -> None:
    """The result of a function changes with a function in another file that it calls."""
    (package / "draws" / "one.py").write_text(
        "from numba import njit\n@njit\ndef number():\n    return 1\n", encoding="utf-8"
    )
    (package / "draws" / "two.py").write_text(
        "from .cache import jit\nfrom .one import number\n@jit\ndef more(x):\n    return x + number()\n",
        encoding="utf-8",
    )
    code = "from servsim.draws.two import more; print(more(1))"
    assert run(package, tmp_path / "cache", code) == ["2"]
    one = package / "draws" / "one.py"
    one.write_text(one.read_text(encoding="utf-8").replace("return 1", "return 9"), encoding="utf-8")
    assert run(package, tmp_path / "cache", code) == ["10"]


@pytest.mark.slow
def test_numba_alone_would_run_the_stale_function(package: Path, tmp_path: Path) -> None:
    """The twin that shows the check to be needed: without the sources in the key the old code is run."""
    cache = package / "draws" / "cache.py"
    text = cache.read_text(encoding="utf-8")
    assert "signature, codegen), sources())" in text
    cache.write_text(
        text.replace("signature, codegen), sources())", 'signature, codegen), "")'), encoding="utf-8"
    )
    with pytest.raises(AssertionError, match=r"\['2'\] == \['10'\]"):
        test_a_stale_function_is_not_run(package, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", [b"", b"nonsense", b"\x80\x04\x95"])
def test_damaged_files_are_compiled_anew(package: Path, tmp_path: Path, kind: str, damage: bytes) -> None:
    right = key(package, tmp_path / "cache")
    files = list((tmp_path / "cache").rglob(f"*.{kind}"))
    assert files
    for file in files:
        file.write_bytes(damage)
    assert key(package, tmp_path / "cache") == right
    assert run(package, tmp_path / "cache")[0] == "True"


@pytest.mark.slow
def test_a_flipped_bit_is_noticed(package: Path, tmp_path: Path) -> None:
    """LLVM would run the code as it is, or end the process."""
    right = key(package, tmp_path / "cache")
    for file in (tmp_path / "cache").rglob("*.nbc"):
        code = bytearray(file.read_bytes())
        code[len(code) // 2] ^= 1
        file.write_bytes(code)
    assert run(package, tmp_path / "cache") == ["False", right, "True"]


@pytest.mark.slow
def test_a_kernel_that_checks_bounds_is_another(package: Path, tmp_path: Path) -> None:
    run(package, tmp_path / "cache")
    assert run(package, tmp_path / "cache", SERVSIM_CHECK_BOUNDS="1")[::2] == ["False", "True"]
    assert run(package, tmp_path / "cache")[::2] == ["True", "True"]


@pytest.mark.slow
def test_files_cut_short_are_compiled_anew(package: Path, tmp_path: Path) -> None:
    right = key(package, tmp_path / "cache")
    for file in (tmp_path / "cache").rglob("*.nb?"):
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert key(package, tmp_path / "cache") == right


@pytest.mark.slow
def test_a_cache_folder_that_is_a_file(package: Path, tmp_path: Path) -> None:
    """Nothing can be kept, and nothing need be."""
    right = key(package, tmp_path / "cache")
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    assert run(package, tmp_path / "file" / "cache")[::2] == ["False", "True"]
    assert key(package, tmp_path / "file" / "cache") == right


def test_nowhere_to_keep_anything(package: Path, tmp_path: Path) -> None:
    """Where numba finds no folder at all, a run still runs."""
    code = (
        "from numba.core.caching import CacheImpl, CompileResultCacheImpl\n"
        "CompileResultCacheImpl._locator_classes = []\n" + RUN
    )
    assert run(package, None, code)[1] == key(package, tmp_path / "cache")
