"""Plots of contacts, money, comparisons and decisions show the numbers of their tables."""

from __future__ import annotations

import math

import made
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle

from servsim.errors import InputError
from servsim.show import plots
from servsim.show.plots.comparison import crossings

NAN = math.nan


def bars(figure: Figure) -> list[Rectangle]:
    """Return the bars of the first panel, from the top down."""
    found = [bar for container in figure.axes[0].containers for bar in container.patches]
    return [bar for bar in found if isinstance(bar, Rectangle)]


def legend_words(figure: Figure) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.texts]


def names(figure: Figure) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


# --- waits -------------------------------------------------------------------------------------------------------


def test_the_distribution_is_the_mean_share_over_replications() -> None:
    """Within 10 s: 2 of 4 and 3 of 4, so 62.5 %; who came to no queue counts nowhere."""
    waits = {"phone": [[0, 10, 30, 50, NAN], [0, 5, 10, 100]]}
    figure = plots.wait_distribution(made.contacts(waits), within=20.0, target=0.8)
    [axes] = figure.axes
    line = axes.lines[0]
    at = {float(x): float(y) for x, y in zip(*line.get_data(), strict=True)}
    assert at[0.0] == pytest.approx(25)
    times, shares = map(np.asarray, line.get_data())
    assert shares[np.searchsorted(times, 10.0)] == pytest.approx(62.5)
    assert shares[-1] == pytest.approx(87.5)  # 100 s lie beyond 98 % of the contacts
    assert axes.get_xlabel() == "waiting time (s)" and axes.get_xlim()[1] == pytest.approx(times[-1])
    assert axes.lines[1].get_xdata()[0] == 20 and axes.lines[2].get_ydata()[0] == 80
    assert legend_words(figure) == ["phone", "within 20 s: target 80 %"]


def test_where_some_wait_far_longer_the_axis_is_logarithmic() -> None:
    waits = {"phone": [[0, 10, 30]], "mail": [[3600, 7200, 86400]]}
    [axes] = plots.wait_distribution(made.contacts(waits)).axes
    assert axes.get_xscale() == "symlog"
    assert [label.get_text() for label in axes.get_xticklabels()] == [
        "0",
        "1 s",
        "10 s",
        "1 min",
        "10 min",
        "1 h",
        "6 h",
    ]
    assert plots.wait_distribution(made.contacts(waits), ["mail"]).axes[0].get_xscale() == "linear"


def test_a_channel_that_is_not_there_and_nobody_who_waits_are_told() -> None:
    with pytest.raises(InputError, match="no channel 'fone'; did you mean 'phone'"):
        plots.wait_distribution(made.contacts({"phone": [[0.0]]}), ["fone"])
    with pytest.raises(InputError, match="no contact came to a queue"):
        plots.wait_distribution(made.contacts({"phone": [[NAN]]}))


def test_quantiles_stand_in_a_row_a_channel_with_what_is_aimed_at() -> None:
    values = {
        (f"wait_p{q}", f"channel:{name}"): float(q * size)
        for q in (50, 80, 95)
        for name, size in (("a", 1), ("b", 9))
    }  # fmt: skip
    figure = plots.wait_quantiles(made.intervals(values), within={"channel:b": 60.0})
    [axes] = figure.axes
    assert names(figure) == ["a", "b"]
    drawn = [container.lines[0].get_xdata() for container in axes.containers]
    assert drawn == [pytest.approx([q, 9 * q]) for q in (50, 80, 95)]
    assert legend_words(figure) == ["50 % wait no longer", "80 %", "95 %", "aimed at"]
    with pytest.raises(InputError, match="no pool has a waiting time"):
        plots.wait_quantiles(made.intervals(values), "pool")


# --- where time goes ---------------------------------------------------------------------------------------------

# A contact waits 10 s, talks 60 s with 30 s of wrap-up, is passed on, waits 20 s, talks 40 s; then a delay of 100 s.
# Another talks 5 s with the bot, waits 15 s and gives up. A third is handed back after 10 s and waits another 5.
LOG = [
    ("p/0/1", "call/talk", "desk/1", 0, 10, 70, 100),
    ("p/0/1", "call/expert", "lab/1", 70, 90, 130, 130),
    ("p/0/1", "call/parcel", None, 130, 130, 230, NAN),
    ("p/1/1", "call/menu", "bot", 0, 0, 5, NAN),
    ("p/1/1", "call/talk", None, 5, NAN, 20, NAN),
    ("p/2/1", "call/talk", "desk/1", 0, 0, 10, 10),
    ("p/2/1", "call/talk", "desk/2", 10, 15, 20, 20),
]


def test_time_is_handling_waiting_or_passing_on() -> None:
    table = plots.time_spent(made.visits(LOG))
    found = {(row["step"], row["kind"]): row["hours"] * 3600 for row in table.to_dict("records")}
    assert found == {
        ("call/talk", "handling"): pytest.approx(90 + 10 + 5),
        ("call/parcel", "waiting"): pytest.approx(100),
        ("call/expert", "handling"): pytest.approx(40),
        ("call/talk", "waiting"): pytest.approx(10 + 15),
        ("call/expert", "passing on"): pytest.approx(20),
        ("call/talk", "passing on"): pytest.approx(5),
        ("call/menu", "handling"): pytest.approx(5),
    }
    assert table["minutes"].sum() * 60 * 3 == pytest.approx(300)
    assert table["cumulative"].iloc[[0, -1]].to_list() == pytest.approx([105 / 300, 1.0])


def test_the_greatest_part_comes_first_and_the_line_adds_up() -> None:
    figure = plots.where_time_goes(plots.time_spent(made.visits(LOG)))
    widths = [bar.get_width() for bar in bars(figure)]
    assert widths == pytest.approx([105 / 3, 100 / 3, 40 / 3, 25 / 3, 20 / 3, 5 / 3, 5 / 3])
    assert names(figure)[:2] == ["call, talk: handling", "call, parcel: waiting"]
    told = figure.axes[1].lines[0].get_xdata()
    assert np.asarray(told) == pytest.approx(np.cumsum([105, 100, 40, 25, 20, 5, 5]) / 3)
    assert figure.axes[0].get_xlabel() == "s per contact, mean"
    assert {to_hex(bar.get_facecolor()).upper() for bar in bars(figure)} <= set(plots.PALETTE)


def test_many_small_parts_are_one_bar() -> None:
    log = [(f"p/{n}/1", f"f/s{n:02d}", "desk/1", 0, 0, 10.0 + n, 10.0 + n) for n in range(30)]
    figure = plots.where_time_goes(plots.time_spent(made.visits(log)))
    assert len(bars(figure)) == 12 and names(figure)[-1] == "19 more"
    assert sum(bar.get_width() for bar in bars(figure)) == pytest.approx(
        sum(10.0 + n for n in range(30)) / 30
    )


# --- the way of contacts -----------------------------------------------------------------------------------------


def test_ways_are_counted_by_hand() -> None:
    contacts = pd.DataFrame(
        {"replication": 1, "home": "p", "channel": "p", "customer": [0, 1, 2, 3], "attempt": 1}
    ).assign(end=["resolved", "abandoned", "resolved", "closed"])
    found = plots.paths_of(contacts, made.visits(LOG)).set_index(["bot", "pool", "passed_on", "end"])[
        "contacts"
    ]
    assert found.to_dict() == {
        ("", "desk", "lab", "resolved"): 1,
        ("bot", "", "", "abandoned"): 1,
        ("", "desk", "", "resolved"): 1,  # handed back, and taken by the same pool
    }


def ways(rows: list[tuple[str, str, str, str, str, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["channel", "bot", "pool", "passed_on", "end", "contacts"])


def test_ribbons_carry_all_contacts_through_every_stage() -> None:
    table = ways(
        [
            ("chat", "bot", "", "", "resolved", 30), ("chat", "bot", "desk", "", "resolved", 20),
            ("phone", "", "desk", "", "resolved", 40), ("phone", "", "", "", "abandoned", 10),
        ]
    )  # fmt: skip
    [axes] = plots.flow(table).axes
    ribbons = [patch for patch in axes.patches if isinstance(patch, PathPatch)]
    heights = [float(np.ptp(patch.get_path().vertices[[0, 7], 1])) for patch in ribbons]
    starts = [patch.get_path().vertices[0, 0] for patch in ribbons]
    for stage in range(3):  # channel to bot, to pool, to end
        assert sum(h for h, x in zip(heights, starts, strict=True) if stage < x < stage + 1) == pytest.approx(
            1
        )
    words = {text.get_text() for text in axes.texts}
    assert {"chat  50.0 %", "phone  50.0 %", "no bot  50.0 %", "desk  60.0 %", "gave up  10.0 %"} <= words
    assert "passed on to" not in words
    assert {to_hex(patch.get_facecolor()).upper() for patch in ribbons} <= set(plots.PALETTE)


def test_no_contact_is_no_flow() -> None:
    with pytest.raises(InputError, match="no contact came"):
        plots.flow(ways([]))


# --- money -------------------------------------------------------------------------------------------------------


def test_bars_of_cost_are_the_kinds_side_by_side_and_end_at_the_sum() -> None:
    table = made.costs(
        {"as is": {"cost_labour": 700, "cost_lost": 300}, "to be": {"cost_labour": 500, "cost_lost": 350}}
    )
    figure = plots.cost(table, currency="EUR")
    assert [bar.get_width() for bar in bars(figure)] == [700, 500, 300, 350]
    assert [bar.get_x() for bar in bars(figure)] == [0, 0, 700, 500]
    assert names(figure) == ["as is", "to be"] and legend_words(figure) == ["wages", "lost customers"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["1,000 ± 125", "850.0 ± 106.2"]
    assert (
        figure.axes[0].get_xlabel() == "cost over the whole run (EUR)"
        and figure.axes[0].get_xlim()[1] >= 1000
    )


def test_kinds_of_cost_are_all_that_the_catalogue_has() -> None:
    from servsim.catalogue import CATALOGUE
    from servsim.show.plots.money import KINDS

    assert {"cost_labour", "cost_bot", "cost_contact", "cost_fixed", "cost_lost"} <= set(KINDS)
    assert all(CATALOGUE[kind].unit == "money" and "total" in CATALOGUE[kind].scopes for kind in KINDS)
    assert "cost_per_contact" not in KINDS and len(KINDS) <= len(plots.PALETTE)


# --- comparisons -------------------------------------------------------------------------------------------------


def test_differences_are_shares_of_the_base_with_their_intervals() -> None:
    table = made.differences(
        [
            ("b", "cost", 1000, -50, 20), ("b", "service_level", 0.8, -0.04, 0.01),
            ("b", "wait", 60, 3, 6), ("b", "fcr", 0, 1, 1),
        ]
    )  # fmt: skip
    pairs = [(measure, "total") for measure in ("cost", "service_level", "wait", "fcr")]
    figure = plots.differences(table, pairs, base="a")
    [axes] = figure.axes
    assert names(figure) == ["cost", "service level", "wait"]  # of a base of 0 there is no share
    lines = [line for line in axes.lines if len(line.get_xdata()) == 2][:3]
    assert [list(line.get_xdata()) for line in lines] == [
        *(pytest.approx([-7, -3]), pytest.approx([-6.25, -3.75]), pytest.approx([-5, 15]))
    ]
    assert [line.get_color() for line in lines] == [plots.PALETTE[2], plots.PALETTE[1], plots.GREY]
    assert [text.get_text() for text in axes.texts] == ["-50 ± 20", "-4.0pp ± 1.0", "+3.0 s ± 6.0"]
    assert legend_words(figure) == ["better", "worse", "no sure difference"]
    low, high = axes.get_xlim()
    assert low <= -15 and high >= 15 and figure._suptitle is not None
    assert figure._suptitle.get_text() == "b: differences from a"


def test_what_is_far_longer_than_the_others_is_an_arrow_with_its_number() -> None:
    rows = [("b", m, 100, 1, 0.5) for m in ("cost", "wait", "asa", "aht")] + [("b", "offered", 1, 9, 1)]
    [axes] = plots.differences(made.differences(rows), [(row[1], "total") for row in rows]).axes
    assert axes.get_xlim()[1] < 10
    assert "+900 %" in [text.get_text() for text in axes.texts]


def test_rounding_is_no_difference() -> None:
    table = made.differences([("b", "cost", 1000, 1e-13, 0.0)])
    assert legend_words(plots.differences(table)) == ["no sure difference"]


def test_of_several_scenarios_each_measure_stands_above_its_rows() -> None:
    table = made.differences([(s, m, 100, 1, 1) for m in ("cost", "wait") for s in ("b", "c")])
    assert sorted(names(plots.differences(table))) == sorted(["wait", "b", "c", "cost", "b", "c"])
    with pytest.raises(InputError, match="no measure is named 'cots'; did you mean 'cost'"):
        plots.differences(table, [("cots", "total")])
    with pytest.raises(InputError, match="none of the measures"):
        plots.differences(table, [("asa", "total")])


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([0, 10, 20], [1.0]),
        ([0, 4, 20], [1.375]),
        ([20, 0, 20], [0.5, 1.5]),
        ([20, 30, 40], []),
        ([10, 10, 30], [0, 1]),
    ],
)
def test_a_bound_is_crossed_on_the_straight_line(values: list[float], found: list[float]) -> None:
    assert crossings(np.arange(3.0), np.array(values, dtype=float), 10.0) == pytest.approx(found)


def test_the_curve_of_a_sweep_marks_its_break_even() -> None:
    table = made.points([("10/h", 80.0), ("20/h", 100.0), ("30/h", 140.0)], "/h").assign(
        number=[10.0, 20.0, 30.0]
    )
    figure = plots.curve(table, path="pools.desk.wage", bound=110.0, bound_words="target", currency="EUR")
    [axes] = figure.axes
    assert list(axes.lines[0].get_xdata()) == [10, 20, 30] and list(axes.lines[0].get_ydata()) == [
        80,
        100,
        140,
    ]
    assert [text.get_text() for text in axes.texts] == ["≈ 22.5"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("pools.desk.wage (/h)", "cost (EUR)")
    assert legend_words(figure) == ["mean, 95 % interval", "target: 110.0"]
    words = made.points([("none", 80.0), ("all", 100.0)])
    assert [label.get_text() for label in plots.curve(words, path="a.b").axes[0].get_xticklabels()] == [
        "none",
        "all",
    ]
    with pytest.raises(InputError, match="cost has a value at 1 points"):
        plots.curve(table.head(1), path="a.b")


# --- decisions ---------------------------------------------------------------------------------------------------


def test_bars_of_a_tornado_reach_from_the_base_to_both_ends() -> None:
    figure = plots.tornado(made.swings([("a.b", -20, 30), ("c.d", 5, -5)]), currency="EUR", title="Desk")
    assert sorted((bar.get_x(), bar.get_width()) for bar in bars(figure)) == [
        (100, -20),
        (100, -5),
        (100, 5),
        (100, 30),
    ]
    assert names(figure) == ["a.b", "c.d"] and figure.axes[0].get_xlabel() == "cost (EUR)"
    assert legend_words(figure) == ["low end", "high end", "95 % interval, for all together"]
    with pytest.raises(InputError, match="no input has a difference"):
        plots.tornado(made.swings([]))
