"""Figures as files, the house style, and the plot of a warm-up: nothing overlaps, everything said is there."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from rich.cells import cell_len

from servsim.errors import InputError
from servsim.scenario import Scenario, load
from servsim.show import plots
from servsim.show.plots import (
    check_plot_path,
    fitted,
    house,
    save_figure,
    style,
    time_unit,
    value_unit,
    warmup,
)
from servsim.study.steady import Warmup
from servsim.units import DAY, HOUR

STARTS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}
MIN = """
servsim: 1
name: {name}
clock: {{length: 10 days}}
channels: {{calls: {{type: voice, arrivals: {{rate: 4/min}}, flow: call}}}}
flows: {{call: {{steps: {{talk: {{queue: calls, time: {{exponential: 2 min}}}}}}}}}}
queues: {{calls: {{}}}}
pools: {{agents: {{staff: 9, serves: [calls]}}}}
"""


def drawn(title: str = "a title", **line: Any) -> Figure:
    with style():
        figure = Figure()
        axes = figure.subplots()
        axes.plot([1, 2, 3], **line)
        axes.set_title(title)
    return figure


def scenario(folder: Path, name: str) -> Scenario:
    file = folder / "scenario.yaml"
    file.write_text(MIN.format(name=name), encoding="utf-8")
    return load(file)


def a_warmup(
    folder: Path, name: str = "Desk", rows: int = 200, truncation: float = 5 * HOUR, **rest: Any
) -> Warmup:
    """Return a warm-up made by hand: a series that rises to 10, in hours."""
    start = np.arange(rows) * HOUR
    mean = 10 * (1 - np.exp(-start / (5 * HOUR)))
    series = pd.DataFrame({"period": start.astype(str), "start": start, "mean": mean, "smoothed": mean})
    curve = pd.DataFrame({"cut": start[: rows - 5], "statistic": 1 + (start[: rows - 5] - truncation) ** 2})
    given = {"measure": "work_in_system", "scope": "total", "reps": 20, "seed": 1, "cycle": 0.0, "batch": 5}
    return Warmup(
        scenario=scenario(folder, name),
        series=series.assign(low=mean - 1, high=mean + 1),
        curve=rest.pop("curve", curve),
        truncation=truncation,
        trusted=rest.pop("trusted", True),
        **{**given, **rest},
    )


# --- files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf", ".PNG"])
def test_a_figure_gives_the_same_bytes_each_time(tmp_path: Path, suffix: str) -> None:
    first, second = (save_figure(drawn(), tmp_path / f"{name}{suffix}").read_bytes() for name in "ab")
    assert first == second and first.startswith(STARTS[suffix.lower()])
    other = save_figure(drawn(linewidth=5), tmp_path / f"c{suffix}").read_bytes()
    assert other != first  # the twin: what is drawn otherwise has other bytes
    for word in (b"Matplotlib v", b"CreationDate", b"dc:date"):
        assert word not in first


def test_files_are_complete_or_untouched(tmp_path: Path) -> None:
    file = tmp_path / "plot.png"
    file.write_bytes(b"old")
    assert save_figure(drawn(), file) == file
    assert [path.name for path in tmp_path.iterdir()] == ["plot.png"]
    with pytest.raises(InputError, match=r"cannot be written|is a folder"):
        save_figure(drawn(), tmp_path / "nowhere" / "plot.png")
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(InputError, match=r"cannot be written|is a folder"):
        save_figure(drawn(), tmp_path / "folder.svg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.svg", "plot.png"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("x.jpg", "the plot 'x.jpg' has the suffix '.jpg': must be one of .png, .svg, .pdf"),
        (
            "x.pgn",
            "the plot 'x.pgn' has the suffix '.pgn': must be one of .png, .svg, .pdf; did you mean '.png'?",
        ),
        ("plot", "the plot 'plot' has no suffix: must be one of .png, .svg, .pdf"),
    ],
)
def test_other_suffixes_are_refused(path: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        check_plot_path(path)
    assert str(caught.value).startswith(message)


# --- style -------------------------------------------------------------------------------------------------------


def settings() -> dict[str, Any]:
    """Return matplotlib's settings but the backend, which is found out when it is looked at."""
    return {name: mpl.rcParams[name] for name in mpl.rcParams if name != "backend"}


def test_the_style_leaves_matplotlib_as_it_was() -> None:
    before = settings()
    with style():
        assert mpl.rcParams["axes.grid"] and settings() != before
    assert settings() == before
    with pytest.raises(KeyError, match="within"), style():
        raise KeyError("within")
    assert settings() == before


def test_a_users_own_settings_change_nothing(tmp_path: Path) -> None:
    usual = save_figure(drawn(), tmp_path / "usual.svg").read_bytes()
    with mpl.rc_context({"lines.linewidth": 9, "axes.facecolor": "red", "savefig.bbox": "tight"}):
        assert save_figure(drawn(), tmp_path / "own.svg").read_bytes() == usual


def test_neither_import_nor_drawing_touches_pyplot_and_import_not_even_matplotlib(tmp_path: Path) -> None:
    code = f"""
import sys
import servsim.show.plots as plots
assert not {{"matplotlib", "numpy", "pandas"}} & set(sys.modules), "heavy"
from matplotlib.figure import Figure
with plots.style():
    figure = Figure()
    figure.subplots().plot([1, 2])
plots.save_figure(figure, {str(tmp_path / "x.png")!r})
assert "matplotlib.pyplot" not in sys.modules, "pyplot"
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_names_are_drawn_as_they_are_written(tmp_path: Path) -> None:
    name = "a $x_1$ & <b> \\frac{} 100 %"
    text = save_figure(drawn(name), tmp_path / "x.svg").read_text(encoding="utf-8")
    assert "a $x_1$ &amp; &lt;b&gt; \\frac{} 100 %" in text


def test_text_of_an_svg_is_text_in_any_script(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("客服中心", "コールセンター", "مركز", "ศูนย์", "Ελλάδα"):
        assert f">{name}<" in save_figure(drawn(name), tmp_path / "x.svg").read_text(encoding="utf-8")
    assert not caplog.records


def test_characters_that_no_font_has_are_told_of_and_become_boxes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "servsim"):
        save_figure(drawn("x \ue123\ue124 y"), tmp_path / "x.png")  # private use: in no font
    assert [record.getMessage() for record in caplog.records] == [
        "no font on this machine shows \ue123\ue124: boxes stand for them in x.png; install Noto Sans CJK or the like, "
        "or save as .svg"
    ]


def test_fonts_are_those_installed_in_order_of_preference(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["Zapfino", "Noto Sans Thai", "Noto Sans Symbols", "SimHei", "Noto Sans CJK SC", "DejaVu Sans"]
    monkeypatch.setattr(font_manager, "get_font_names", lambda: names)
    assert house._fonts() == ["DejaVu Sans", "Noto Sans CJK SC", "SimHei", "Noto Sans Thai"]


def test_colours_are_told_apart_even_without_colour() -> None:
    """The first four, used most, differ in lightness or hue; none is too pale to be seen on white but yellow."""
    from matplotlib.colors import to_rgb

    assert len(set(plots.PALETTE)) == 8
    lightness = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in map(to_rgb, plots.PALETTE[:6])]
    assert max(lightness) < 0.75


# --- words and units ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "width", "lines", "result"),
    [
        ("short", 10, 1, "short"),
        ("one two three", 9, 2, "one two\nthree"),
        ("one two three", 9, 1, "one two…"),
        ("客服中心方案", 6, 1, "客服…"),
        ("客服中心方案", 6, 2, "客服中\n心方案"),
        ("abcdefghijkl", 5, 2, "abcde\nfghi…"),
        ("  many   blanks\n here ", 40, 1, "many blanks here"),
        ("", 5, 1, ""),
    ],
)
def test_texts_are_fitted(text: str, width: int, lines: int, result: str) -> None:
    assert fitted(text, width, lines) == result
    assert all(cell_len(line) <= width for line in fitted(text, width, lines).splitlines())


def test_units_of_axes() -> None:
    assert [time_unit(t) for t in (30.0, 600.0, 3 * HOUR, 7 * DAY)] == [
        *((1.0, "s"), (60.0, "min"), (HOUR, "h"), (DAY, "days"))
    ]
    assert value_unit("service_level", 0.8) == (0.01, "%")
    assert value_unit("asa", 300.0) == (60.0, "min")
    assert value_unit("cost", 5.0, "CNY") == (1.0, "CNY")
    assert value_unit("work_in_system", 5.0, "CNY") == (1.0, "")


# --- the warm-up -------------------------------------------------------------------------------------------------


def overlaps(figure: Figure) -> list[tuple[str, str]]:
    """Return which of title, legend and panels, with their labels, lie upon each other or outside the figure."""
    canvas = FigureCanvasAgg(figure)
    with style():
        canvas.draw()
    renderer = canvas.get_renderer()
    boxes = {f"axes {n}": axes.get_tightbbox(renderer) for n, axes in enumerate(figure.axes)}
    boxes |= {f"legend {n}": legend.get_window_extent(renderer) for n, legend in enumerate(figure.legends)}
    assert figure._suptitle is not None
    boxes["title"] = figure._suptitle.get_window_extent(renderer)
    names = list(boxes)
    found = [(a, b) for i, a in enumerate(names) for b in names[:i] if boxes[a].overlaps(boxes[b])]
    whole = figure.bbox
    beyond = [
        (name, "figure")
        for name, box in boxes.items()
        if box.x0 < whole.x0 - 1 or box.x1 > whole.x1 + 1 or box.y0 < whole.y0 - 1 or box.y1 > whole.y1 + 1
    ]
    return found + beyond


LONG = (
    "A name that goes on and on, as names of scenarios do that say what was changed, by how much, and by whom "
    * 2
)


@pytest.mark.parametrize("name", ["Desk", LONG, "i" * 300, "ALL IN CAPITALS " * 20, "客服" * 100])
@pytest.mark.parametrize(
    "rest",
    [
        {},
        {"rows": 12},
        {"trusted": False},
        {"truncation": 0.0},
        {"reps": 1},
        {"measure": "cost", "scope": "x" * 99},
    ],
)
@pytest.mark.filterwarnings("ignore:Glyph")
def test_nothing_in_the_plot_overlaps(tmp_path: Path, name: str, rest: dict[str, Any]) -> None:
    figure = warmup(a_warmup(tmp_path, name, **rest))
    assert overlaps(figure) == []


def test_the_check_of_overlaps_can_fail(tmp_path: Path) -> None:
    figure = warmup(a_warmup(tmp_path))
    figure.legends[0].remove()
    with style():
        figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside upper left")
    assert ("title", "legend 0") in overlaps(figure)


def test_the_plot_shows_series_cut_and_statistic(tmp_path: Path) -> None:
    found = a_warmup(tmp_path)
    above, below = warmup(found).axes
    labels = above.get_legend_handles_labels()[1]
    assert labels == [
        "95 % interval",
        "each interval, mean of 20 replications",
        "smoothed (Welch)",
        "warm-up ends: 5 h",
    ]
    mean = above.lines[0].get_ydata()
    assert np.asarray(mean) == pytest.approx(found.series["mean"].to_numpy())
    assert above.lines[0].get_xdata()[0] == pytest.approx(
        0.5 / 24
    )  # the middle of the first interval, in days
    assert set(above.lines[2].get_xdata()) == {5 / 24}
    assert below.lines[1].get_xdata()[0] == pytest.approx(5 / 24)
    assert below.get_xlabel() == "time since the start of the clock (days)"


def test_a_plot_without_the_rule_has_one_panel(tmp_path: Path) -> None:
    empty = pd.DataFrame({"cut": [], "statistic": []}, dtype=float)
    for rows in (1, 2, 7):
        found = a_warmup(
            tmp_path, rows=max(rows, 6), curve=empty, truncation=float("nan"), cycle=DAY, batch=1
        )
        figure = warmup(found)
        assert len(figure.axes) == 1 and overlaps(figure) == []
        assert "each day, mean of 20 replications" in figure.axes[0].get_legend_handles_labels()[1]
        save_figure(figure, tmp_path / "x.png")


def test_a_plot_is_the_same_file_each_time_and_holds_no_text_as_outline(tmp_path: Path) -> None:
    first, second = (
        save_figure(warmup(a_warmup(tmp_path)), tmp_path / f"{n}.svg").read_bytes() for n in "ab"
    )
    assert first == second
    assert re.search(rb">warm-up ends: 5 h<", first)
