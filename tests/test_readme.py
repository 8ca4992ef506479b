"""README and notebooks: every command and every piece of Python in them runs."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds the scenarios, as a clone does."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_every_command_runs(workplace: Path) -> None:
    commands = re.findall(
        r"^\.venv/bin/(servsim .*?)(?:\s+#.*)?$", "\n".join(blocks("bash")), flags=re.MULTILINE
    )
    assert len(commands) >= 6
    for command in commands:
        words = [sys.executable, "-m", *shlex.split(command)]
        done = subprocess.run(
            words, capture_output=True, text=True, env={**os.environ, "COLUMNS": "100"}, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert done.stdout.strip() or "new" in command


@pytest.mark.slow
def test_the_python_runs(workplace: Path) -> None:
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), {})


def test_the_scenario_is_sound(tmp_path: Path) -> None:
    import servsim as sv

    (example,) = blocks("yaml")
    file = tmp_path / "scenario.yaml"
    file.write_text(example, encoding="utf-8")
    assert not sv.load(file).warnings


NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))
RUN = """
import sys
from pathlib import Path
import jupytext
from nbclient import NotebookClient
file = Path(sys.argv[1])
notebook = jupytext.read(file)
NotebookClient(notebook, timeout=280, resources={"metadata": {"path": str(file.parent)}}).execute()
print(sum("image/png" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])))
"""


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_from_a_clean_kernel_and_shows_its_plots(notebook: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(notebook)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    plots = notebook.read_text(encoding="utf-8").count(".plot.")
    assert int(done.stdout) == plots > 0


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) >= 4


def test_both_commands_and_the_links_are_there() -> None:
    assert "pip install -q -c constraints.txt . &&" in README
    for link in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / link).exists(), link
