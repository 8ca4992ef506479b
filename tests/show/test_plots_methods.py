"""Plots as methods of results; nothing overlaps whatever the names; the same bytes each time."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from looking import texts, troubles
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import servsim as sv
from servsim import decide
from servsim.errors import InputError, RunError
from servsim.scenario.load import load_text
from servsim.show import plots
from servsim.study.plotting import BACKEND
from servsim.study.stored import StoredComparison, StoredResult, read_result

LONG = "a_name_that_goes_on_and_on_as_such_names_do_that_say_everything"


def text(names: list[str], title: str, *, hours: int = 12) -> str:
    """Return a scenario in which each name is a channel with a queue and a pool of its own, and a bot before all."""

    def each(form: str) -> str:
        return "{" + ", ".join(form.format(name=name) for name in names) + "}"

    return f"""
servsim: 1
name: {title}
currency: CNY
clock: {{start: 2026-03-02, length: {hours} h}}
channels: {each("{name}: {{type: voice, arrivals: {{rate: 8/h}}, patience: {{exponential: 2 min}}, flow: {name}}}")}
flows: {each("{name}: {{start: bot, steps: {{bot: {{bot: helper, time: 60 s, next: {{resolved: 30%, talk: rest}}}}, talk: {{queue: {name}, time: {{exponential: 6 min}}, next: {{resolved: 70%, unresolved: rest}}}}}}}}")}
bots: {{helper: {{cost: {{per_session: 0.5}}}}}}
queues: {each("{name}: {{}}")}
pools: {each("{name}: {{staff: 1, serves: [{name}], wage: 20/h}}")}
targets: [{{measure: service_level, at_least: 80%}}]
"""  # noqa: E501


def scenario(names: list[str], title: str = "Desk", **rest: Any) -> sv.Scenario:
    return load_text(text(names, title, **rest), Path("made.yaml"))


SMALL = scenario(["phone", "mail"])


@pytest.fixture(scope="module")
def result() -> sv.Result:
    return sv.run(SMALL, reps=3, contacts=True, events=True, jobs=1)


@pytest.fixture(scope="module")
def comparison() -> sv.Comparison:
    dear = SMALL.with_({"name": "Dear", "pools.phone.wage": "30/h"})
    return sv.compare(SMALL, dear, reps=2, jobs=1)


@pytest.fixture(scope="module")
def swept() -> sv.Comparison:
    return sv.sweep(SMALL, ["pools.phone.wage=20/h:40/h:3"], reps=2, jobs=1)


@pytest.fixture(scope="module")
def bars() -> decide.Tornado:
    return decide.tornado(SMALL, ["pools.phone.wage=10/h:30/h", "pools.phone.staff=1:2"], reps=2, jobs=1)


# --- the accessor ------------------------------------------------------------------------------------------------


def every(found: Any) -> Iterator[tuple[str, Figure]]:
    for name in found.plot.names:
        yield name, getattr(found.plot, name)()


def test_every_plot_of_every_kind_draws(
    result: sv.Result, swept: sv.Comparison, bars: decide.Tornado
) -> None:
    drawn = {
        name for found in (result, swept, bars) for name, figure in every(found) if isinstance(figure, Figure)
    }
    assert drawn == {
        *(
            "arrivals_staffing",
            "service_level",
            "wait",
            "wait_distribution",
            "wait_quantiles",
            "occupancy",
            "queues",
        ),
        *("flow", "cost", "where_time_goes", "differences", "curve", "tornado"),
    }


def test_the_backend_has_a_class_for_each_kind_of_result() -> None:
    methods = import_module(BACKEND)
    kinds = {name for name in methods.__all__ if name != "Plots"}
    asked: set[str] = set()
    study, decide = ("result", "compare", "steady"), ("sensitivity", "breakeven", "returns")
    for module in (*(f"study/{name}" for name in study), *(f"decide/{name}" for name in decide)):
        source = (Path(sv.__file__).parent / f"{module}.py").read_text(encoding="utf-8")
        asked |= {part.partition('"')[0] for part in source.split('plots_of("')[1:]}
    assert asked == kinds
    assert all(getattr(methods, kind)(None).names for kind in kinds - {"ResultPlots", "ComparisonPlots"})


def test_an_unknown_plot_is_told_the_nearest(result: sv.Result, comparison: sv.Comparison) -> None:
    with pytest.raises(AttributeError, match="no plot is named 'servicelevel'; did you mean 'service_level'"):
        _ = result.plot.servicelevel
    with pytest.raises(AttributeError, match="there are differences, cost, curve"):
        _ = comparison.plot.zzz
    assert not hasattr(result.plot, "tornado")


def test_no_public_function_is_hidden_by_its_module() -> None:
    import_module("servsim.show.plots.methods")
    found = {name: getattr(plots, name) for name in plots.__all__}
    assert not [name for name, part in found.items() if isinstance(part, ModuleType)]
    with pytest.raises(AttributeError):
        _ = plots.nothing


def test_what_a_run_did_not_keep_is_told_with_what_to_do() -> None:
    bare = sv.run(SMALL, reps=1, jobs=1)
    for name, what in (
        ("wait_distribution", "contacts"),
        ("flow", "contacts"),
        ("where_time_goes", "events"),
    ):
        with pytest.raises(InputError, match=f"run\\(..., {what}=True\\), or servsim run --{what}"):
            getattr(bare.plot, name)()
    assert bare.plot.wait_quantiles().axes


def test_comparisons_say_what_a_curve_takes(comparison: sv.Comparison, swept: sv.Comparison) -> None:
    with pytest.raises(InputError, match="nothing was varied"):
        comparison.plot.curve()
    with pytest.raises(
        InputError, match=r"'pools.phone.wag' was not varied; did you mean 'pools.phone.wage'"
    ):
        swept.plot.curve(path="pools.phone.wag")
    with pytest.raises(InputError, match="must be a number in the measure's unit, or 'base'"):
        swept.plot.curve(bound="bse")
    [axes] = swept.plot.curve(bound="base").axes
    assert [part.get_text() for part in axes.texts] == ["≈ 20"]  # the wage as it is
    expected = [swept.results[n].value("cost").mean for n in (1, 2, 3)]
    assert list(axes.lines[0].get_ydata()) == pytest.approx(expected)


def test_the_scenarios_own_target_and_threshold_are_drawn(result: sv.Result) -> None:
    figure = result.plot.service_level()
    assert [part.get_text() for part in figure.legends[0].texts][-1] == "target 80 %"
    assert figure.axes[0].get_ylabel() == "answered within 20 s (%)"
    assert "target" not in "".join(
        t.get_text() for t in result.plot.service_level("channel:phone").legends[0].texts
    )


def test_studying_imports_nothing_that_draws() -> None:
    code = """
import sys
import servsim as sv
from servsim.study import Result, Comparison
from servsim.decide import Tornado
assert not [name for name in sys.modules if name.startswith(("matplotlib", "servsim.show"))]
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


BOT = """
servsim: 1
name: A bot alone
clock: {length: 2 h}
channels: {chat: {type: chat, arrivals: {rate: RATE/h}, flow: chat}}
flows: {chat: {steps: {bot: {bot: helper, time: 60 s, next: {resolved: 60%, unresolved: rest}}}}}
bots: {helper: {cost: {per_session: 0.5}}}
"""


@pytest.mark.parametrize(
    ("rate", "missing"),
    [
        (40, {"wait_distribution", "wait_quantiles", "occupancy", "queues"}),
        (0, {"wait_distribution", "wait_quantiles", "occupancy", "queues", "flow", "where_time_goes"}),
    ],
)
def test_what_there_is_nothing_of_is_said_and_nothing_breaks(rate: int, missing: set[str]) -> None:
    bot = load_text(BOT.replace("RATE", str(rate)), Path("bot.yaml"))
    found = sv.run(bot, reps=2, contacts=True, events=True, jobs=1)
    refused = set()
    for name in found.plot.names:
        try:
            assert troubles(getattr(found.plot, name)()) == []
        except InputError:
            refused.add(name)
    assert refused == missing


# --- results read back -------------------------------------------------------------------------------------------


def test_a_stored_result_draws_the_same_pictures(
    result: sv.Result, swept: sv.Comparison, tmp_path: Path
) -> None:
    for name, found, kind in (("run", result, StoredResult), ("sweep", swept, StoredComparison)):
        stored = read_result(found.save(tmp_path / name))
        assert isinstance(stored, kind) and stored.plot.names == found.plot.names
        for method in ("cost", "flow") if name == "run" else ("differences", "curve"):
            first, second = (plots.figure_bytes(getattr(x.plot, method)()) for x in (found, stored))
            assert first == second
        assert stored.targets["verdict"].to_list() == found.targets["verdict"].to_list()


def test_what_is_no_result_is_told(tmp_path: Path, result: sv.Result) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_result(tmp_path / "nowhere")
    with pytest.raises(InputError, match="holds no result"):
        read_result(tmp_path)
    folder = result.save(tmp_path / "run")
    (folder / "intervals.parquet").write_bytes(b"PAR1")
    with pytest.raises(RunError, match=r"intervals.parquet' cannot be read"):
        _ = read_result(folder).plot.cost()  # type: ignore[union-attr]
    pd.DataFrame({"measure": ["cost"]}).to_parquet(folder / "intervals.parquet")
    with pytest.raises(
        RunError, match=r"intervals.parquet' is not what servsim wrote: it has no column 'scope'"
    ):
        _ = read_result(folder).plot.cost()  # type: ignore[union-attr]
    for text in ("{}", "[]", "null"):
        (folder / "summary.json").write_text(text, encoding="utf-8")
        with pytest.raises(RunError, match=r"summary.json' is not what servsim wrote: it has no"):
            read_result(folder)
    shutil.copy(result.save(tmp_path / "again") / "summary.json", folder)
    (folder / "measures.parquet").unlink()
    with pytest.raises(InputError, match=r"has no measures.parquet: it was not kept"):
        _ = read_result(folder).measures  # type: ignore[union-attr]


# --- what a reader stumbles on -----------------------------------------------------------------------------------

CROWDS = {
    "one": (["desk"], "Desk"),
    "long": ([LONG, LONG + "_else"], LONG.replace("_", " ") * 3),
    "twelve": ([f"坐席技能组第{n}组" for n in range(12)], "全渠道客服中心人工智能机器人上线之后的情形" * 3),
}


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("crowd", CROWDS)
def test_no_text_lies_upon_another_or_leaves_the_figure(crowd: str) -> None:
    names, title = CROWDS[crowd]
    base = scenario(names, title)
    result = sv.run(base, reps=2, contacts=True, events=True, jobs=1)
    other = base.with_({"name": f"{title} 2", f"pools.{names[0]}.wage": "90/h"})
    figures = [*every(result)]
    compared = sv.compare(base, other, reps=2, jobs=1).plot
    figures += [("compared", compared.differences()), ("costs", compared.cost())]
    assert {name: found for name, figure in figures if (found := troubles(figure))} == {}


def test_the_look_at_texts_can_fail(result: sv.Result) -> None:
    figure = result.plot.cost()
    assert troubles(figure) == []
    box = next(box for words, box in texts(figure) if words == "Cost by kind")
    at = figure.transFigure.inverted().transform((box.x0 + 5, box.y0))
    figure.text(*at, "sabotage")
    figure.text(0.99, 0.5, "cut off")
    found = troubles(figure)
    assert ("cut off", "beyond the figure") in found
    assert any("sabotage" in pair and "Cost by kind" in pair for pair in found)


def test_a_plot_is_the_same_file_each_time(result: sv.Result, tmp_path: Path) -> None:
    for name in ("flow", "occupancy", "service_level"):
        figure = getattr(result.plot, name)()
        first, again = (plots.save_figure(figure, tmp_path / f"{n}.svg").read_bytes() for n in "ab")
        fresh = plots.figure_bytes(getattr(result.plot, name)())
        assert first == again == fresh


def test_chinese_names_are_drawn_where_a_font_has_them() -> None:
    if not any("CJK" in name or "WenQuanYi" in name for name in font_manager.get_font_names()):
        pytest.skip("no font with Chinese characters on this machine")
    figure = sv.run(scenario(["客服"], "客服中心", hours=2), reps=2, jobs=1).plot.cost()
    with plots.style():
        FigureCanvasAgg(figure).draw()  # a missing character is a warning, which is an error here
