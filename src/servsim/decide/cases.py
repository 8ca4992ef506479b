"""Cases: a scenario as it is and as it is to be, found by the names of their files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..errors import InputError, Problem, did_you_mean
from ..scenario import Scenario, load
from ..scenario.document import read_document

__all__ = ["AS_IS", "TO_BE", "Case", "cases_in"]

AS_IS = "as_is.yaml"
TO_BE = "to_be*.yaml"  # one, or several ways to go


@dataclass(frozen=True)
class Case:
    """Two scenarios over the same time.

    Attributes:
        name: of the folder; with a slash and the file's name where it is not `to_be.yaml`.
        base: the scenario as it is.
        other: the scenario as it is to be; its claims are about what it changes.
    """

    name: str
    base: Scenario
    other: Scenario


def cases_in(path: str | Path) -> list[Case]:
    """Return the cases of a folder, in the order of their names, or the one of a what-if file.

    Raises InputError with every problem of every file, or where there is no case.
    """
    top = Path(path)
    if top.is_file():
        return [_of_file(top)]
    if not top.is_dir():
        near = did_you_mean(top.name, [entry.name for entry in top.parent.glob("*/")]) if top.name else ""
        raise InputError([Problem(str(path), 0, 0, "", f"there is no such folder or file{near}")])
    folders = [top] if _is_case(top) else sorted(entry for entry in top.glob("*/") if _is_case(entry))
    if not folders:
        message = f"holds no case: neither {AS_IS} and to_be.yaml nor a folder that does"
        raise InputError([Problem(str(path), 0, 0, "", message)])
    return _all([partial(_of_folder, folder) for folder in folders])


def _is_case(folder: Path) -> bool:
    return (folder / AS_IS).is_file() or any(folder.glob(TO_BE))


def _of_folder(folder: Path) -> list[Case]:
    files = sorted(folder.glob(TO_BE))
    missing = AS_IS if not (folder / AS_IS).is_file() else "to_be.yaml" if not files else ""
    if missing:
        raise InputError(
            [Problem(str(folder), 0, 0, "", f"there is no {missing}: a case has {AS_IS} and to_be.yaml")]
        )
    base = load(folder / AS_IS)
    own = folder.resolve().name
    return _all([partial(_of_pair, own, base, file) for file in files])


def _of_pair(folder: str, base: Scenario, file: Path) -> list[Case]:
    name = folder if file.stem == "to_be" else f"{folder}/{file.stem}"
    return [Case(name, base, load(file))]


def _of_file(file: Path) -> Case:
    base = read_document(file).data.get("extends")
    if not isinstance(base, str):
        raise InputError(
            [Problem(str(file), 0, 0, "extends", "names no base, against which a claim could be judged")]
        )
    other = load(file)
    return Case(file.stem, load(file.parent / base), other)


def _all(parts: list[Callable[[], list[Case]]]) -> list[Case]:
    """Return what all parts give. Raises InputError with the problems of all of them."""
    found: list[Case] = []
    problems: list[Problem] = []
    for part in parts:
        try:
            found += part()
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found
