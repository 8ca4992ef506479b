"""The house style of every plot, and how a figure becomes a file.

Matplotlib is imported when something is drawn. Figures are made with its object API (`Figure()`), never with pyplot,
so no window opens and nothing is kept between two plots.
"""

from __future__ import annotations

import logging
import re
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ...catalogue import CATALOGUE
from ...errors import InputError, did_you_mean, listed
from ...files import check_place, write_whole
from ...units import DAY, HOUR

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "BLUE",
    "DARK",
    "FORMATS",
    "GREY",
    "PALE",
    "PALETTE",
    "WIDTH",
    "cells",
    "check_plot_path",
    "figure_bytes",
    "fitted",
    "frame",
    "labelled",
    "legend",
    "save_figure",
    "scope_words",
    "spaced",
    "style",
    "time_unit",
    "value_unit",
]

# Colours that people with any common colour blindness tell apart (Okabe & Ito 2008, "Color universal design"),
# those that show best on white first.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7", "#F0E442", "#000000")
BLUE = PALETTE[0]
GREY = "#6E6E6E"  # axes, notes, what stands in the background
DARK = "#333333"  # zero lines, intervals upon bars, labels
PALE = "#EFEFEF"  # where there is nothing to measure
WIDTH = 7.2  # of a figure, in inches: the text width of a report
ROOM = 104  # cells of a legend's text side by side

# Formats by suffix, and what would differ from one time to the next or name the maker, switched off.
FORMATS: dict[str, dict[str, None]] = {
    ".png": {"Software": None},
    ".svg": {"Creator": None, "Date": None},
    ".pdf": {"Creator": None, "Producer": None, "CreationDate": None},
}

# Sans fonts with wide coverage that machines have, the first that are installed are used: each character comes from
# the first font that has it. DejaVu Sans comes with matplotlib and has Latin, Greek, Cyrillic, Arabic and more.
_FONTS = (
    "DejaVu Sans",
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN"),
    *("Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Sans CJK TC", "Noto Sans CJK HK"),
    *("WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback"),
    *("PingFang SC", "PingFang HK", "Hiragino Sans GB", "Heiti TC", "Apple SD Gothic Neo"),
    *("Microsoft YaHei", "SimHei", "Microsoft JhengHei", "Yu Gothic", "Malgun Gothic"),
    *("Nirmala UI", "Leelawadee UI", "Segoe UI", "Arial Unicode MS"),
)
_MISSING = re.compile(r"Glyph (\d+) ")  # how matplotlib says that no font has a character


@contextmanager
def style() -> Iterator[None]:
    """Draw in the house style: make the figure and all that is in it within this context.

    Light grid, no frame above and on the right, colours of `PALETTE` in turn, layout that leaves no text cut off.
    Texts stand as they are written: `$` begins no formula, so names may hold it. (A logarithmic axis writes its ticks
    as formulas: give it a plain formatter.) The names of fonts are put into the texts when they are made, so a figure
    looks the same when it is saved later.
    """
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # a user's own matplotlibrc would change how reports look
        cast(Any, matplotlib.rcParams).update(_settings())  # its keys have types of their own
        yield


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write a figure into a file, which is complete or untouched; the suffix says the format.

    The same figure gives the same bytes: dates and names of programs are left out. Text of an SVG stays text, so that
    it can be searched, and shows wherever the reader's machine has a font for it. In the other formats characters
    that no font on this machine has are boxes, and a warning in the log "servsim" names them.

    Args:
        figure: made within `style()`.
        path: ends in .png (150 dots an inch), .svg or .pdf.

    Returns:
        The path.

    Raises:
        InputError: the suffix names no format.
        RunError: the file cannot be written.
    """
    path = check_plot_path(path)
    write_whole(path, figure_bytes(figure, path.suffix, path.name))
    return path


def figure_bytes(figure: Figure, suffix: str = ".svg", name: str = "the plot") -> bytes:
    """Return a figure as the bytes of a file of that suffix; see `save_figure`. `name` is what a warning calls it."""
    suffix = suffix.lower()
    buffer = BytesIO()
    with style(), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _settle(figure)
        figure.savefig(buffer, format=suffix[1:], metadata=FORMATS[suffix])
    missing = {match[1] for warning in caught if (match := _MISSING.match(str(warning.message)))}
    for warning in caught:
        if not _MISSING.match(str(warning.message)):
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    if missing and suffix != ".svg":
        characters = "".join(sorted(chr(int(code)) for code in missing))
        logging.getLogger("servsim").warning(
            "no font on this machine shows %s: boxes stand for them in %s; install Noto Sans CJK or the like, "
            "or save as .svg",
            characters,
            name,
        )
    return buffer.getvalue()


def _settle(figure: Figure) -> None:
    """Lay a figure out once and for all: laying out again moves parts by a hair, and bytes would differ."""
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    if isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine):
        figure.draw_without_rendering()
        figure.set_layout_engine("none")


def check_plot_path(path: str | Path) -> Path:
    """Return the path of a plot to come; raises InputError where its suffix names no format or it cannot be written."""
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        found = f"the suffix {path.suffix!r}" if path.suffix else "no suffix"
        hint = did_you_mean(path.suffix, FORMATS) if path.suffix else ""
        raise InputError(f"the plot {str(path)!r} has {found}: must be one of {listed(list(FORMATS))}{hint}")
    check_place(path, "the plot")
    return path


def fitted(text: str, width: int, lines: int = 1) -> str:
    """Return a text broken into lines of at most so many cells; what does not fit is cut with `…`.

    A letter takes one cell, a Chinese, Japanese or Korean character two. Lines break at spaces where there are some.
    """
    words = " ".join(text.split())
    found: list[str] = []
    while words and len(found) < lines:
        last = len(found) == lines - 1
        found.append(_first_line(words, width, last))
        words = words[len(found[-1]) :].lstrip()
    if words:
        found[-1] = f"{_first_line(found[-1], width - 1, True).rstrip()}…"
    return "\n".join(line.rstrip() for line in found)


def time_unit(seconds: float) -> tuple[float, str]:
    """Return the unit for an axis of that many seconds, with its length in seconds: days, h, min or s."""
    units = ((4 * DAY, DAY, "days"), (2 * HOUR, HOUR, "h"), (120.0, 60.0, "min"), (0.0, 1.0, "s"))
    return next((length, name) for least, length, name in units if seconds >= least)


def value_unit(measure: str, largest: float, currency: str = "") -> tuple[float, str]:
    """Return what an axis of a measure's values divides by, and the unit that its label names; it may be empty."""
    unit = CATALOGUE[measure].unit
    if unit == "share":
        return 0.01, "%"
    if unit == "s":
        return time_unit(largest)
    return 1.0, {"hours": "h", "money": currency}.get(unit, "")


def frame(
    what: str, title: str = "", *, height: float = 3.6, panels: int = 1, **grid: Any
) -> tuple[Figure, list[Axes]]:
    """Return a figure of report width and its panels, one below the other; call it within `style()`.

    Args:
        what: what the plot is about; stands first.
        title: whose it is, such as the scenario's name; stands below, and may be empty.
        height: in inches.
        panels: how many.
        grid: more for `Figure.subplots`, such as `sharex`.
    """
    from .figure import Figure

    figure = Figure(figsize=(WIDTH, height))
    axes = figure.subplots(panels, squeeze=False, **grid)[:, 0]
    lines = [fitted(what, 76, 2), fitted(title, 76)]
    figure.suptitle("\n".join(line for line in lines if line), x=0.01, ha="left", fontsize=11.0)
    return figure, list(axes)


def legend(figure: Figure, handles: Sequence[Artist], labels: Sequence[str]) -> None:
    """Put a legend below the panels, where it covers nothing, in as many columns as have room."""
    if not handles:
        return
    names = [fitted(label, 40) for label in labels]
    rows = next(
        n
        for n in range(1, len(names) + 1)
        if _legend_width(names, -(-len(names) // n)) <= ROOM or n == len(names)
    )
    columns = -(-len(names) // rows)
    figure.legend(handles, names, loc="outside lower center", ncols=columns)


def _legend_width(names: Sequence[str], columns: int) -> int:
    """Return how many cells a legend takes; columns are filled one after the other, the first ones take one more."""
    rows, longer = divmod(len(names), columns)
    sizes = [rows + (n < longer) for n in range(columns)]
    ends = [sum(sizes[: n + 1]) for n in range(columns)]
    return sum(max(map(cells, names[end - size : end])) + 8 for size, end in zip(sizes, ends, strict=True))


def labelled(name: str, unit: str) -> str:
    """Return the label of an axis: a name with its unit, where it has one."""
    return f"{spaced(name)} ({unit})" if unit else spaced(name)


def spaced(name: str) -> str:
    """Return a name of the catalogue as words."""
    return name.replace("_", " ")


def scope_words(scope: str) -> str:
    """Return a scope as people say it: `channel phone`; nothing for the total."""
    return "" if scope == "total" else scope.replace(":", " ", 1)


def cells(text: str) -> int:
    """Return how wide a text is: a Chinese, Japanese or Korean character takes two cells, others one."""
    return sum(map(_cells, text))


def _first_line(words: str, width: int, last: bool) -> str:
    """Return as much of a text as fits a line; the last line, which may be cut, need not end at a space."""
    used = end = 0
    while end < len(words) and used + _cells(words[end]) <= width:
        used += _cells(words[end])
        end += 1
    if end == len(words) or last:
        return words[:end]
    space = words.rfind(" ", 0, end + 1)
    return words[:space] if space > width // 2 else words[: max(end, 1)]


def _cells(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _settings() -> dict[str, Any]:
    """Return matplotlib's settings for the house style."""
    from cycler import cycler

    return {
        "font.family": _fonts(),
        "font.size": 10.0,
        "text.parse_math": False,
        "axes.formatter.use_mathtext": False,
        "axes.unicode_minus": True,
        "axes.prop_cycle": cycler(color=PALETTE),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": GREY,
        "axes.axisbelow": True,
        "axes.grid": True,
        "axes.titlelocation": "left",
        "axes.titlesize": 11.0,
        "axes.titlepad": 8.0,
        "axes.labelsize": 10.0,
        "grid.color": "#E4E4E4",
        "grid.linewidth": 0.7,
        "xtick.color": GREY,
        "ytick.color": GREY,
        "xtick.labelcolor": "#333333",
        "ytick.labelcolor": "#333333",
        "lines.linewidth": 1.6,
        "legend.frameon": False,
        "legend.fontsize": 9.0,
        "figure.figsize": (7.2, 4.2),
        "figure.dpi": 100.0,
        "figure.constrained_layout.use": True,
        "savefig.dpi": 150.0,
        "svg.fonttype": "none",  # text stays text
        "svg.hashsalt": "servsim",  # the same names of parts every time
    }


def _fonts() -> Sequence[str]:
    """Return the families to take characters from, in order: those of the list that this machine has."""
    from matplotlib import font_manager

    installed = set(font_manager.get_font_names())
    others = sorted(name for name in installed if name.startswith("Noto Sans ") and "Symbols" not in name)
    return [name for name in dict.fromkeys([*_FONTS, *others]) if name in installed]
