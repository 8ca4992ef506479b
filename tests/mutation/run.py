"""Break servsim in every way that mutants.py states, and show that the fast tests catch each.

    python tests/mutation/run.py [NAME...] [--list] [--write]

Each mutant is made in a copy of the repository, where the fast tests run until one fails: first those that the mutant
names, then all. A failure of the comparison of the two engines counts only for mutants of one engine. In the end the
tests that caught something must pass in a copy that nothing was done to. Exit status 1 if a mutant survives or such a
test fails; 2 for an unknown name. `--write` writes the rows of those caught into docs/mutations.md; where some are
named, the rows of the others stay.

All of them take about half an hour, most of it for compiling the engine that a mutant has broken. A copy keeps its
compiled code in its own folders.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mutants import MUTANTS, Edit, Mutant

__all__ = ["PAGE", "Verdict", "applied", "main", "on_page", "page", "survey"]

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "mutations.md"
# what numba has compiled is copied, but for files that it is just writing
LEFT_OUT = shutil.ignore_patterns(".*", "*.pyc", "*.tmp.*", "*.egg-info", "dist", "build")
PYTEST = ("-m", "pytest", "-x", "-q", "-m", "not slow", "-p", "no:cacheprovider", "--tb=short", "--no-header")
SOONEST = ("engine", "measure", "network", "stats", "draws", "oracle", "study", "queueing", "scenario")
PATIENCE = 3600  # seconds in which the tests must end
COMPARISON = "assert differences("  # how tests compare the two engines
NO_TEST_FAILED = 0
PREPARE = "import servsim.engine.compiled as c; c.prepare(); print(c.__file__)"


@dataclass(frozen=True)
class Failure:
    """The first test that failed, and whether it was the comparison of the two engines that did."""

    test: str
    comparison: bool


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant; without a failure it survived."""

    mutant: Mutant
    failure: Failure | None
    seconds: float

    @property
    def caught(self) -> bool:
        """Tell whether the tests knew better, or compared the engines where one alone is broken."""
        return self.failure is not None and (self.mutant.parity or not self.failure.comparison)

    def __str__(self) -> str:
        if self.failure is None:
            said = "SURVIVED"
        elif self.caught:
            said = f"caught by {self.failure.test}"
        else:
            said = f"SURVIVED but for the comparison of engines in {self.failure.test}"
        return f"{self.mutant.name}: {said} ({self.seconds:.0f} s)"


# --- copies ----------------------------------------------------------------------------------------------------------


def applied(edits: Iterable[Edit], sources: Path) -> dict[str, str]:
    """Return the text of every file that the edits change. Raises ValueError for one that does not apply once."""
    texts: dict[str, str] = {}
    for edit in edits:
        count = (sources / edit.file).read_text(encoding="utf-8").count(edit.old)
        text = texts.setdefault(edit.file, (sources / edit.file).read_text(encoding="utf-8"))
        if count != 1 or edit.old not in text:
            raise ValueError(f"{edit.old!r} stands {count} times in {edit.file}, and must stand there once")
        texts[edit.file] = text.replace(edit.old, edit.new)
    return texts


def _copied(source: Path, target: Path, edits: Iterable[Edit] = ()) -> Path:
    """Copy the repository, edits applied; what the edits do not touch keeps its compiled code."""
    shutil.copytree(source, target, ignore=LEFT_OUT)
    sources = target / "src" / "servsim"
    for file, text in applied(edits, sources).items():
        (sources / file).write_text(text, encoding="utf-8")
    return target


def _python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a copy, on the copy's sources."""
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    environment["PYTHONPATH"] = str(folder / "src")
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def _prepared(folder: Path) -> Path:
    """Compile the engine in a copy, so that copies of it need not; see to it that the copy's own sources are taken."""
    done = _python(folder, "-c", PREPARE)
    if done.returncode or not Path(done.stdout.strip()).is_relative_to(folder):
        raise RuntimeError(f"a copy of the repository does not run: {done.stdout}{done.stderr}")
    return folder


# --- tests -----------------------------------------------------------------------------------------------------------


def _suite(folder: Path) -> list[str]:
    """Return all folders and files of tests but this one's, those first that catch most."""
    found = [
        path.name
        for path in (folder / "tests").iterdir()
        if path.name != "mutation" and (path.is_dir() or path.name.startswith("test_"))
    ]
    found = sorted(name for name in found if not name.startswith("_"))
    return [*(name for name in SOONEST if name in found), *(name for name in found if name not in SOONEST)]


def _first_failure(folder: Path, tests: Sequence[str]) -> Failure | None:
    """Run fast tests (paths below tests/) until one fails. Raises RuntimeError where they cannot be run."""
    done = _python(folder, *PYTEST, *(f"tests/{test}" for test in tests))
    if done.returncode == NO_TEST_FAILED:
        return None
    lines = done.stdout.splitlines()
    failed = [line for line in lines if line.startswith(("FAILED ", "ERROR ")) and "::" in line]
    if not failed:
        raise RuntimeError(f"the tests do not run: {done.stdout[-3000:]}{done.stderr[-3000:]}")
    test = failed[0].partition(" ")[2].partition(" - ")[0]
    return Failure(test.removeprefix("tests/"), COMPARISON in done.stdout)


def survey(
    mutants: Sequence[Mutant], tests: Sequence[str] | None = None, tell: Callable[[str], None] = print
) -> list[Verdict]:
    """Try mutants one after another.

    Args:
        mutants: what to try.
        tests: paths below tests/ that run after those that a mutant names; None for all.
        tell: is given a line for each mutant as soon as it is known.

    Raises:
        RuntimeError: a copy of the repository does not run, or a test that caught a mutant fails without one as well.
        TimeoutExpired: tests do not end.
        ValueError: an edit does not apply.
    """
    with tempfile.TemporaryDirectory(prefix="servsim-mutants-") as room:
        whole = _prepared(_copied(ROOT, Path(room).resolve() / "whole"))
        suite = _suite(whole) if tests is None else tests
        verdicts = []
        for verdict in _tried(mutants, whole, suite):
            tell(str(verdict))
            verdicts.append(verdict)
        catching = dict.fromkeys(verdict.failure.test for verdict in verdicts if verdict.failure)
        if catching and (failure := _first_failure(whole, list(catching))):
            raise RuntimeError(f"{failure.test} fails without any mutant")
    return verdicts


def _tried(mutants: Sequence[Mutant], whole: Path, suite: Sequence[str]) -> Iterator[Verdict]:
    for number, mutant in enumerate(mutants):
        begun = time.monotonic()
        folder = _copied(whole, whole.parent / f"mutant{number}", mutant.edits)
        failure = _first_failure(folder, [mutant.first]) or _first_failure(folder, suite)
        shutil.rmtree(folder)
        yield Verdict(mutant, failure, time.monotonic() - begun)


# --- command ---------------------------------------------------------------------------------------------------------

HEAD = """# Mutations: would the tests notice?

Each row is a way to break servsim. `python tests/mutation/run.py --write` made each in a copy, ran the fast tests there
(`-m "not slow"`) until one failed, and wrote this page. A rule of the engine is broken in both engines alike, or in
what both share, so that comparing them shows nothing: a test must know the right answer. Only the last rows, whose
names begin with an engine, break one of the two. All {count} are caught, and the tests that catch them pass on the
sources as they are. The edits stand in `tests/mutation/mutants.py`.

| mutant | what is broken | where (`src/servsim/`) | caught by (`tests/`) |
|---|---|---|---|
"""


def page(catching: Mapping[str, str]) -> str:
    """Return the page of the docs: a row for each mutant of which the test is known that catches it."""
    rows = []
    for mutant in MUTANTS:
        if mutant.name in catching:
            files = ", ".join(f"`{file}`" for file in dict.fromkeys(edit.file for edit in mutant.edits))
            test = catching[mutant.name].replace("|", "\\|")
            rows.append(f"| {mutant.name} | {mutant.meaning} | {files} | `{test}` |\n")
    return HEAD.format(count=len(rows)) + "".join(rows)


def on_page() -> dict[str, str]:
    """Return what the page of the docs says: name of each mutant, and the test that catches it."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    return {row["name"]: row["test"].replace("\\|", "|") for row in ROW.finditer(text)}


ROW = re.compile(r"^\| (?P<name>[^|]+) \| [^|]+ \| [^|]+ \| `(?P<test>.+)` \|$", re.MULTILINE)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status."""
    parser = argparse.ArgumentParser(
        description="Break servsim in stated ways; the fast tests must catch each."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="mutants to try; all, if none is named")
    parser.add_argument("--list", action="store_true", help="name all mutants, and try none")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    given = parser.parse_args(words)
    known = {mutant.name: mutant for mutant in MUTANTS}
    if unknown := [name for name in given.names if name not in known]:
        parser.error(f"no mutant is named {unknown[0]!r}; --list names all")
    if given.list:
        print(*(f"{mutant.name}: {mutant.meaning}" for mutant in MUTANTS), sep="\n")
        return 0
    return _report([known[name] for name in given.names or known], given.write)


def _report(mutants: Sequence[Mutant], write: bool) -> int:
    """Try mutants, say what came of it, and write the rows of those caught if that is wanted."""
    try:
        verdicts = survey(mutants, tell=lambda line: print(line, flush=True))
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)
        return 1
    caught = {v.mutant.name: v.failure.test for v in verdicts if v.failure and v.caught}
    print(f"{len(caught)} of {len(verdicts)} caught")
    if write:
        tried = {mutant.name for mutant in mutants}
        others = {name: test for name, test in on_page().items() if name not in tried}
        PAGE.write_text(page(others | caught), encoding="utf-8")
    return int(len(caught) < len(verdicts))


if __name__ == "__main__":
    sys.exit(main())
