"""The command line as a process of its own: quick help, broken pipes, Ctrl-C; and the lazy public face."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import servsim as sv

HEAVY = {
    *(
        "numpy",
        "pandas",
        "scipy",
        "matplotlib",
        "numba",
        "simpy",
        "pydantic",
        "pyarrow",
        "ruamel.yaml",
        "rich",
    ),
    *("servsim.scenario", "servsim.network", "servsim.engine", "servsim.measure", "servsim.study"),
}


def modules_after(code: str) -> set[str]:
    """Return the names of the modules that a fresh interpreter has after running code."""
    code = f"import sys\n{code}\nprint('MODULES', *sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(found.stdout.rpartition("MODULES ")[2].split())


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    code = (
        "from servsim.cli import cli\n"
        f"try:\n    cli({words!r})\n"
        "except SystemExit as end:\n    assert not end.code"
    )
    loaded = modules_after(code)
    assert "click" in loaded
    assert loaded & HEAVY == set()


def test_import_servsim_imports_nothing_heavy() -> None:
    loaded = modules_after("import servsim")
    assert {name for name in loaded if name.startswith("servsim")} == {"servsim"}
    assert loaded & HEAVY == set()


def test_every_public_name_is_there() -> None:
    for name in sv.__all__:
        assert getattr(sv, name) is not None
        assert name in dir(sv)
    assert sv.run is sv.study.run
    assert sv.load is sv.scenario.load
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        sv.nothing  # noqa: B018


@pytest.mark.parametrize("form", [["--json"], []])
def test_a_broken_pipe_is_quiet(form: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    found = subprocess.run(
        [sys.executable, "-m", "servsim", "measures", *form],
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(write)
    assert (found.returncode, found.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_stdout_is_told() -> None:
    with Path("/dev/full").open("w") as full:
        found = subprocess.run(
            [sys.executable, "-m", "servsim", "measures", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (found.returncode, found.stderr) == (3, b"the run failed: No space left on device\n")


def test_ctrl_c_is_one_line_and_status_130(small: Path, tmp_path: Path) -> None:
    words = ["run", str(small), "--reps", "100000", "--jobs", "1", "--out", str(tmp_path / "out")]
    code = (
        "import sys, threading, os, signal\n"
        "from servsim.cli import cli\n"
        "from servsim.study import work\n"
        "plain, count = work.stream, []\n"
        "def stream(*args, **kwargs):\n"
        "    count.append(1)\n"
        "    if len(count) == 3: print('ready', flush=True)\n"
        "    return plain(*args, **kwargs)\n"
        "work.stream = stream\n"
        f"cli({words!r})\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "interrupted; no result was written\n")
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name != "posix", reason="sends a signal to a group of processes")
def test_ctrl_c_while_workers_work_is_the_same_and_ends_them(small: Path, tmp_path: Path) -> None:
    """Ctrl-C in a terminal reaches the whole group; the workers leave it to their parent."""
    words = ["run", str(small), "--reps", "1000000", "--jobs", "2", "--out", str(tmp_path / "out")]
    code = (
        "from servsim.cli import cli, progress\n"
        "from servsim.study import runner\n"
        "plain = runner.Runner._take_up\n"
        "def take_up(self, landed, *rest):\n"
        "    if landed: print(*self._crew.pids, flush=True)\n"
        "    return plain(self, landed, *rest)\n"
        "runner.Runner._take_up = take_up\n"
        f"cli({words!r})\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        workers = [int(word) for word in process.stdout.readline().split()]
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "interrupted; no result was written\n")
    assert not (tmp_path / "out").exists()
    assert len(workers) == 2
    assert not any(_is_alive(worker) for worker in workers)


def _is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_python_dash_m_is_the_command_line() -> None:
    words = [sys.executable, "-m", "servsim", "measures"]
    found = subprocess.run(
        words, capture_output=True, check=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}
    )
    assert found.stderr == b""
    assert b"service_level" in found.stdout
    assert b"\x1b" not in found.stdout  # no control codes in a pipe


def test_output_into_a_pipe_is_utf_8_whatever_the_locale(small: Path) -> None:
    words = [sys.executable, "-m", "servsim", "resolve", str(small)]
    found = subprocess.run(
        words, capture_output=True, check=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}
    )
    assert "name: 小店客服" in found.stdout.decode("utf-8")


@pytest.mark.slow
def test_the_first_run_says_that_it_compiles_and_the_next_does_not(small: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "servsim", "run", str(small), "--reps", "1", "--json"]
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    first, second = (subprocess.run(words, capture_output=True, check=True, env=env) for _ in range(2))
    said = "compiling the simulation kernel, once on this machine (about 20 s) …\n"
    assert (first.stderr.decode("utf-8"), second.stderr) == (said, b"")
    assert first.stdout == second.stdout


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [3, 8])
def test_ctrl_c_while_compiling(small: Path, tmp_path: Path, seconds: float) -> None:
    """The interrupt falls into LLVM's callbacks, which swallow it or fail; the run is interrupted all the same."""
    words = ["run", str(small), "--reps", "1", "--out", str(tmp_path / "out")]
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    with subprocess.Popen(
        [sys.executable, "-m", "servsim", *words], stderr=subprocess.PIPE, text=True, env=env
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("compiling the simulation kernel")
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert (
        "interrupted; no result was written" in err.splitlines()
    )  # llvmlite's destructors may complain after it
    assert not (tmp_path / "out").exists()


def test_without_numbas_compiler_the_compiled_engine_says_so(small: Path) -> None:
    words = [sys.executable, "-m", "servsim", "run", str(small), "--reps", "1", "--engine", "compiled"]
    env = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONWARNINGS": "ignore"}
    found = subprocess.run(words, capture_output=True, check=False, env=env, text=True)
    assert found.returncode == 3
    assert found.stderr.splitlines()[-1] == (
        "the run failed: the compiled engine needs numba's compiler, which NUMBA_DISABLE_JIT switches off"
    )
