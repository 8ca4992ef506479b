"""Plots by day and interval show the table's numbers, on a clock that people read."""

from __future__ import annotations

import math

import made
import numpy as np
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch

from servsim.errors import InputError
from servsim.show import plots

DAY = "2026-03-02"
WEEK = tuple(f"2026-03-{day:02d}" for day in range(2, 9))


def steps(figure: Figure, panel: int = 0) -> dict[str, StepPatch]:
    return {str(p.get_label()): p for p in figure.axes[panel].patches if isinstance(p, StepPatch)}


def ticks(figure: Figure, panel: int = 0) -> list[str]:
    axis = figure.axes[panel].xaxis
    return [t.get_text() for t in (*axis.get_ticklabels(), *axis.get_ticklabels(minor=True)) if t.get_text()]


def test_the_service_level_is_the_tables_in_percent_with_band_and_target() -> None:
    table = made.intervals({("service_level", "channel:phone"): lambda n: 0.5 + n / 100})
    figure = plots.service_level(table, "channel:phone", target=0.8, within="20 s", title="Desk")
    drawn, expected = steps(figure), 50.0 + np.arange(48)
    assert set(drawn) == {"service level", "95 % interval"}
    line, band = drawn["service level"].get_data(), drawn["95 % interval"].get_data()
    assert line.values == pytest.approx(expected)
    assert np.asarray(band.baseline) == pytest.approx(expected * (1 - made.HALF))
    assert band.values == pytest.approx(expected * (1 + made.HALF))
    assert line.edges[[0, -1]] == pytest.approx(date2num(np.array([DAY, "2026-03-03"], "datetime64[D]")))
    [axes] = figure.axes
    assert axes.lines[0].get_ydata()[0] == pytest.approx(80)
    assert axes.get_xlim() == (line.edges[0], line.edges[-1]) and axes.get_ylim() == (0, 102)
    assert axes.get_ylabel() == "answered within 20 s (%)" and axes.get_xlabel() == "Mon 2 Mar 2026"
    assert ticks(figure) == [f"{hour:02d}:00" for hour in range(0, 25, 3)]
    assert figure._suptitle is not None
    what = "Service level by interval: channel phone, answered within 20 s"
    assert figure._suptitle.get_text() == f"{what}\nDesk"
    assert [text.get_text() for text in figure.legends[0].texts] == [
        "95 % interval",
        "service level",
        "target 80 %",
    ]


def test_hours_without_a_value_are_gaps_and_one_day_shows_its_open_hours() -> None:
    table = made.intervals({("service_level", "total"): lambda n: 0.9 if 16 <= n < 40 else math.nan}, WEEK)
    figure = plots.service_level(table, day="2026-03-02")
    assert np.isnan(steps(figure)["service level"].get_data().values).sum() == 24
    assert ticks(figure)[0] == "08:00" and ticks(figure)[-1] == "20:00"


def test_a_week_has_a_name_for_each_day_and_a_year_is_drawn_by_day() -> None:
    table = made.intervals({("service_level", "total"): 0.9}, WEEK)
    assert ticks(plots.service_level(table)) == [
        *("Mon 2 Mar", "Tue 3 Mar", "Wed 4 Mar", "Thu 5 Mar", "Fri 6 Mar", "Sat 7 Mar", "Sun 8 Mar")
    ]
    days = [str(day) for day in np.arange("2026-01-01", "2027-01-01", dtype="datetime64[D]")]
    table = made.intervals({("service_level", "total"): lambda n: 0.5 + n / 1000}, days, 720)
    figure = plots.service_level(table)
    assert steps(figure)["service level"].get_data().values == pytest.approx(50 + np.arange(365) / 10)
    assert ticks(figure)[0] == "Jan 2026" and len(ticks(figure)) <= 8
    assert len(steps(plots.service_level(table, by="interval"))["service level"].get_data().values) == 730


def test_one_replication_has_no_band() -> None:
    table = made.intervals({("service_level", "total"): 0.9}).assign(low=math.nan, high=math.nan)
    assert set(steps(plots.service_level(table))) == {"service level"}


def test_waits_are_told_in_the_unit_of_the_longest() -> None:
    table = made.intervals({("wait", "total"): lambda n: 6.0 * n, ("wait_p95", "total"): lambda n: 30.0 * n})
    figure = plots.wait(table, target=120.0)
    drawn = steps(figure)
    assert drawn["mean wait"].get_data().values == pytest.approx(np.arange(48) / 10)
    assert drawn["95 % wait no longer"].get_data().values == pytest.approx(np.arange(48) / 2)
    assert figure.axes[0].get_ylabel() == "wait (min)"
    assert figure.axes[0].lines[0].get_ydata()[0] == pytest.approx(2)
    assert figure.axes[0].get_ylim()[0] == 0 and figure.axes[0].get_ylim()[1] >= 23.5


def test_arrivals_stand_above_the_agents_present_and_busy() -> None:
    values = {("offered", "channel:phone"): lambda n: float(n), ("staffed_hours", "pool:desk"): 4.0}
    table = made.intervals({**values, ("busy_hours", "pool:desk"): lambda n: n / 16})
    figure = plots.arrivals_staffing(table, "channel:phone", "pool:desk")
    assert steps(figure)["contacts that come"].get_data().values == pytest.approx(np.arange(48))
    below = steps(figure, 1)
    assert below["agents present"].get_data().values == pytest.approx(
        np.full(48, 8.0)
    )  # 4 hours in half an hour
    assert below["of them busy"].get_data().values == pytest.approx(np.arange(48) / 8)
    assert [axes.get_ylabel() for axes in figure.axes] == ["contacts / 30 min", "agents"]
    assert figure.axes[1].get_ylim()[1] >= 8 and figure.axes[0].get_ylim()[1] >= 47


def test_each_queue_has_a_panel_and_of_many_those_with_most_waiting() -> None:
    values = {}
    for n in range(12):
        values |= {("waiting", f"queue:q{n}"): float(n), ("backlog", f"queue:q{n}"): float(2 * n)}
    figure = plots.queues(made.intervals(values))
    assert [axes.get_title(loc="left") for axes in figure.axes] == [f"q{n}" for n in range(6, 12)]
    for n, panel in zip(range(6, 12), range(6), strict=True):
        drawn = steps(figure, panel)
        assert drawn["mean over each interval"].get_data().values == pytest.approx(np.full(48, n))
        assert drawn["backlog at the end of the period"].get_data().values == pytest.approx(
            np.full(48, 2 * n)
        )
    assert len(plots.queues(made.intervals(values), ["q1"]).axes) == 1


# --- occupancy ---------------------------------------------------------------------------------------------------


def cells(figure: Figure) -> np.ndarray:
    [mesh] = [part for part in figure.axes[0].collections if isinstance(part, QuadMesh)]
    return np.ma.filled(np.ma.asarray(mesh.get_array()), np.nan)


def pool(name: str, staffed: object, busy: object) -> dict:
    return {("staffed_hours", f"pool:{name}"): staffed, ("busy_hours", f"pool:{name}"): busy}


def test_occupancy_is_busy_over_staffed_hours_summed_over_the_days() -> None:
    """From 8 to 10: the first day 1 of 4 hours each half hour, the second 3 of 4: 50 %."""

    def staffed(n: int) -> float:
        return 4.0 if n % 48 in (16, 17, 18, 19) else 0.0

    def busy(n: int) -> float:
        return staffed(n) / 4 * (1 if n < 48 else 3)

    days = ("2026-03-02", "2026-03-03")
    table = made.intervals(pool("a", staffed, busy) | pool("b", staffed, staffed), days)
    figure = plots.occupancy(table)
    assert cells(figure) == pytest.approx(np.array([[50.0, 50.0], [100.0, 100.0]]))
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["a", "b"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["50", "50", "100", "100"]
    assert ticks(figure) == ["08:00", "09:00", "10:00"]
    by_day = plots.occupancy(table, "a")
    assert cells(by_day) == pytest.approx(np.array([[25.0, 25.0], [75.0, 75.0]]))
    assert [label.get_text() for label in by_day.axes[0].get_yticklabels()] == ["Mon 2 Mar", "Tue 3 Mar"]


def test_who_finishes_after_the_shift_is_no_hour_but_a_small_night_shift_is_one() -> None:
    def staffed(n: int) -> float:
        return {16: 10.0, 18: 1.0, 20: 1.0}.get(n, 0.0)

    def busy(n: int) -> float:
        return {16: 5.0, 18: 1.0, 20: 0.9}.get(n, 0.0)

    figure = plots.occupancy(made.intervals(pool("a", staffed, busy)))
    assert cells(figure)[0] == pytest.approx(np.array([50.0, np.nan, 90.0]), nan_ok=True)


@pytest.mark.parametrize(("minutes", "columns"), [(15, 24), (60, 24), (240, 6), (1440, 1)])
def test_intervals_longer_than_an_hour_take_its_place(minutes: int, columns: int) -> None:
    figure = plots.occupancy(made.intervals(pool("a", 4.0, 3.0), minutes=minutes))
    assert cells(figure) == pytest.approx(np.full((1, columns), 75.0))
    assert figure.axes[0].get_xlim() == (0, 24)


# --- wrong words -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"scope": "channel:fone"}, "no scope 'channel:fone' for service_level; did you mean 'channel:phone'?"),
        ({"scope": "channel:phone", "day": "2026-03-03"}, "no day is '2026-03-03'; there are 2026-03-02; did you mean"),
        ({"scope": "channel:phone", "by": "days"}, "by is 'days': must be auto, interval or day; did you mean 'day'?"),
    ],
)  # fmt: skip
def test_wrong_words_are_told_the_nearest(words: dict[str, str], message: str) -> None:
    table = made.intervals({("service_level", "channel:phone"): 0.9})
    with pytest.raises(InputError) as caught:
        plots.service_level(table, **words)
    assert str(caught.value).startswith(message)


def test_a_table_without_periods_says_what_to_run() -> None:
    table = made.intervals({("service_level", "total"): 0.9})
    with pytest.raises(InputError, match="run with periods="):
        plots.service_level(table[table["period"] == "run"])
    with pytest.raises(InputError, match="the table has no measure 'wait'"):
        plots.wait(table)
