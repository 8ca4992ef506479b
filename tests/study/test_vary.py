"""What is varied: words to values, designs of points, scenarios at the points."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servsim.errors import InputError
from servsim.scenario import Scenario
from servsim.study.vary import MAX_POINTS, Vary, design, parse_vary, points, vary_of

VALUES = [
    ("8:14:7", (8, 9, 10, 11, 12, 13, 14)),
    ("8:14:4", (8, 10, 12, 14)),
    ("8:9:3", (8, 8.5, 9)),
    (" 8 : 10 : 2 ", (8, 10)),
    ("0.1:0.5:5", (0.1, 0.2, 0.3, 0.4, 0.5)),
    ("0:0.9:10", (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)),
    ("0:1:4", (0, 0.33333, 0.66667, 1)),
    ("1000000:1000001:3", (1000000, 1000000.5, 1000001)),
    ("1e-7:3e-7:3", (1e-7, 2e-7, 3e-7)),
    ("=-3:3:3", (-3, 0, 3)),
    ("=-3:=3:3", (-3, 0, 3)),
    ("70%:90%:5", ("70%", "75%", "80%", "85%", "90%")),
    ("2.5 %:5 %:2", ("2.5%", "5%")),
    ("20 s:1 min:5", ("20 s", "30 s", "40 s", "50 s", "60 s")),
    ("30 min:2 h:4", ("30 min", "60 min", "90 min", "120 min")),
    ("1 h 30 min:2 h:2", ("5400 s", "7200 s")),
    ("500 ms:1 s:2", ("500 ms", "1000 ms")),
    ("26/h:32/h:4", ("26/h", "28/h", "30/h", "32/h")),
    ("26 per h:0.5/min:3", ("26/h", "28/h", "30/h")),
    ("20000 per month:24000/month:3", ("20000/month", "22000/month", "24000/month")),
    ("-20%:+20%:5", ("-20%", "-10%", "+0%", "+10%", "+20%")),
    ("-30%:-10%:3", ("-30%", "-20%", "-10%")),
    ("-2:+2:5", ("-2", "-1", "+0", "+1", "+2")),
    ("+5pp:+10pp:2", ("+5pp", "+10pp")),
    ("-30 s:+1 min:4", ("-30 s", "+0 s", "+30 s", "+60 s")),
    ("x0.5:x2:4", ("x0.5", "x1", "x1.5", "x2")),
    ("*1:*3:2", ("x1", "x3")),
    ("8,10,12", (8, 10, 12)),
    ("8, 10.5 ,none", (8, 10.5, "none")),
    ("-2,+2,=-2,x1.5", ("-2", "+2", -2, "x1.5")),
    ("08:00,09:00", ("08:00", "09:00")),
    ("{exponential: {mean: 2 min, shift: 1 s}},none", ("{exponential: {mean: 2 min, shift: 1 s}}", "none")),
    ("[a, b],[b]", ("[a, b]", "[b]")),
    ("'a, b',\"it's\"", ("'a, b'", '"it\'s"')),
    ("it's,that's", ("it's", "that's")),
    ("true,null", ("true", "null")),
]


@pytest.mark.parametrize(("spec", "values"), VALUES)
def test_values(spec: str, values: tuple[Any, ...]) -> None:
    found = vary_of("a.b", spec).values
    assert found == values
    assert [type(value) for value in found] == [type(value) for value in values]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(-999, 999), st.integers(1, 999), st.integers(0, 3), st.integers(2, 30))
def test_values_are_what_exact_fractions_give(start: int, width: int, places: int, n: int) -> None:
    """A plain twin: fractions, rounded only where no decimal number of twelve digits is equal."""
    low, high = Fraction(start, 10**places), Fraction(start + width, 10**places)
    spec = f"={float(low):.{places}f}:={float(high):.{places}f}:{n}"
    found = vary_of("a", spec).values
    assert len(found) == n
    for i, value in enumerate(found):
        exact = low + (high - low) * i / (n - 1)
        assert abs(Fraction(repr(value)) - exact) <= (high - low) / 10**5 / 2
        if exact * 10**6 == int(exact * 10**6):
            assert value == float(exact)
    assert list(found) == sorted(found)


def test_floating_steps_would_fail_where_exact_ones_do_not() -> None:
    """The sabotage twin: the usual way of spacing gives what nobody types."""
    usual = [0.1 + i * (0.5 - 0.1) / 4 for i in range(5)]
    assert usual != [0.1, 0.2, 0.3, 0.4, 0.5]
    assert list(vary_of("a", "0.1:0.5:5").values) == [0.1, 0.2, 0.3, 0.4, 0.5]


def test_a_continuous_range() -> None:
    vary = vary_of("a", "20 s:1 min")
    assert (vary.values, vary.low, vary.high) == ((), "20 s", "60 s")
    assert [vary.at(f) for f in (0, 0.25, 0.5, 1)] == ["20 s", "30 s", "40 s", "60 s"]
    assert vary.at(1 / 3) == "33.3333 s"
    assert vary_of("a", "8:14").at(0.5) == 11
    assert vary_of("a", "70%:90%").at(0.123456789) == "72.4691%"
    assert vary_of("a", "-20%:+20%").at(0.5) == "+0%"
    assert vary_of("a", "x0.5:x2").at(0.5) == "x1.25"
    assert vary_of("a", "=-3:3").at(0.25) == -1.5


def test_listed_values_share_the_way_equally() -> None:
    vary = vary_of("a", "8:14:3")
    assert (vary.low, vary.high) == (8, 14)
    assert [vary.at(f) for f in (0, 0.333, 0.334, 0.666, 0.667, 1)] == [8, 8, 11, 11, 14, 14]
    assert [vary_of("a", "x,y").at(f) for f in (0, 0.49, 0.5, 1)] == ["x", "x", "y", "y"]
    for fraction in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match=r"^fraction is .*: must be from 0 to 1$"):
            vary.at(fraction)


WRONG = [
    ("", "has no values; write from:to:n like 8:14:7, from:to like 8:14, or a list like 8,10,14"),
    ("5", "'5' is a single value; write from:to:n like 8:14:7, from:to like 8:14, or a list like 8,10,14"),
    ("1:2:3:4", "'1:2:3:4' has 4 parts; write from:to:n like 8:14:7, from:to like 8:14, or a list like 8,10,14"),
    ("8:8:2", "the ends of '8:8:2' are the same; the lower one stands first, the higher one second"),
    ("1 min:60 s", "the ends of '1 min:60 s' are the same; the lower one stands first, the higher one second"),
    ("9:8:2", "the ends of '9:8:2' stand the wrong way round; the lower one stands first, the higher one second"),
    (
        "8:14:1",
        "the third part of '8:14:1' is how many values: a whole number from 2 to 100,000, got '1'",
    ),
    (
        "8:14:0.5",
        "the third part of '8:14:0.5' is how many values: a whole number from 2 to 100,000, got '0.5'",
    ),
    (
        "8:14:100001",
        "the third part of '8:14:100001' is how many values: a whole number from 2 to 100,000, got '100001'",
    ),
    ("nan:8:3", "'nan' is not a number, with a unit or without, like 8, 70%, 20 s, 26/h, -20%, x0.5"),
    ("1:inf:3", "'inf' is not a number, with a unit or without, like 8, 70%, 20 s, 26/h, -20%, x0.5"),
    ("1:1e999:3", "'1e999' is not a number, with a unit or without, like 8, 70%, 20 s, 26/h, -20%, x0.5"),
    (":8:3", "'' is not a number, with a unit or without, like 8, 70%, 20 s, 26/h, -20%, x0.5"),
    ("many:more", "'many' is not a number, with a unit or without, like 8, 70%, 20 s, 26/h, -20%, x0.5"),
    ("5:6 s:2", "the ends must be of one kind; '5' is a number, '6 s' is a duration"),
    ("20%:5/h:2", "the ends must be of one kind; '20%' is a share, '5/h' is a rate"),
    (
        "-20%:20%:3",
        "the ends must be of one kind; '-20%' is a change by a share, '20%' is a share; "
        "a change has its sign at both ends, like -20%:+20%, and =-2 is the value -2",
    ),
    ("-5%:+5pp", "the ends must be of one kind; '-5%' is a change by a share, '+5pp' is a change by a number of "
     "percentage points"),
    ("5pp:6pp:2", "'5pp': percentage points (pp) change a share; write +5pp or -5pp"),
    ("1/hr2:2/h:2", "'1/hr2' is not a number, with a unit or without, like 8, 70%, 20 s, 26/h, -20%, x0.5"),
    ("1/hh:2/h:2", "'1/hh': no rate is per 'hh'; use s, min, h, day, week, month; did you mean 'h'?"),
    ("1 mins:2 mins:2", "'1 mins': unknown unit 'mins'; use ms, s, min, h, days, weeks, % or /h; did you mean 'min'?"),
    ("9 percent:10 percent", "'9 percent': unknown unit 'percent'; use ms, s, min, h, days, weeks, % or /h"),
    ("+2/h:+3/h:2", "'+2/h': a change of a rate has no unit; write +2 or +10%"),
    ("x-1:x2:2", "'x-1' is not a factor; write x and a number, like x1.5"),
    ("x1 s:x2 s:2", "'x1 s' is not a factor; write x and a number, like x1.5"),
    ("08:00", "'08:00' looks like times of day, which have no range; list them: 08:00,09:00"),
    ("08:00:10:00:3", "'08:00:10:00:3' looks like times of day, which have no range; list them: 08:00,09:00"),
    ("8:30:12:30", "'8:30:12:30' looks like times of day, which have no range; list them: 08:00,09:00"),
    ("8,,9", "an item of the list is empty; null takes a part away"),
    ("8,8.0", "8 stands twice"),
    ("[1,2", "'[1,2' opens [ and never closes it"),
    ("{a: 1],2", "'{a: 1],2' closes a bracket that is not open"),
    ("1),2", "'1),2' closes a bracket that is not open"),
    ("'1,2", "\"'1,2\" opens ' and never closes it"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "message"), WRONG)
def test_words_that_say_nothing(spec: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        vary_of("a.b", spec)
    assert str(caught.value) == message


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(st.sampled_from("0189.:,%+-x=*/hspmin {}[]'\"e~"), max_size=14))
def test_any_words_are_read_or_refused_plainly(spec: str) -> None:
    try:
        vary = vary_of("a", spec)
    except ValueError:
        return
    assert vary.values or (vary.low is not None and vary.high is not None)
    vary.at(0.37)


def test_values_of_python() -> None:
    given = {
        "a": [8, np.int64(9), 9.5, Fraction(1, 4)],
        "b": [{"exponential": "2 min"}, None, True],
        "c": "1:2",
    }
    found = parse_vary(given)
    assert found == [
        Vary("a", (8, 9, 9.5, 0.25)),
        Vary("b", ('{"exponential": "2 min"}', "null", "true")),
        Vary("c", (), 1, 2),
    ]
    for wrong, message in [
        (8, "8 is not what to vary; "),
        ([8], "a list needs two values or more; "),
        ([], "a list needs two values or more; "),
        ([8, float("nan")], "nan is not a finite number"),
        (["8", "1e999"], "inf is not a finite number"),
        ([8, {1, 2}], "a value of type set cannot stand in a scenario"),
        (range(MAX_POINTS + 1), "too many values: 100,001; at most 100,000"),
    ]:
        with pytest.raises(ValueError) as caught:
            vary_of("a", wrong)
        assert str(caught.value).startswith(message)


def test_all_that_is_wrong_comes_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parse_vary(["a.b=8:8:2", "c.d", "e=1:2:3", " e = 3:4:5", "=1:2", "f="])
    assert [str(problem) for problem in caught.value.problems] == [
        "'=1:2' varies nothing; write path=from:to:n, like pools.desk.staff=8:14:7",
        "'c.d' varies nothing; write path=from:to:n, like pools.desk.staff=8:14:7",
        "a.b: the ends of '8:8:2' are the same; the lower one stands first, the higher one second",
        "e: is varied twice",
        "f: has no values; write from:to:n like 8:14:7, from:to like 8:14, or a list like 8,10,14",
    ]
    assert parse_vary([" a.b = 8:9:2"]) == [Vary("a.b", (8, 9), 8, 9)]


# --- designs ----------------------------------------------------------------------------------------------

TWO = ["a.b=8:14:3", "c=70%:90%:2"]


def test_a_grid_takes_every_combination() -> None:
    for sample in (None, "grid"):
        table = design(parse_vary(TWO), sample)
        assert list(table.columns) == ["a.b", "c"]
        assert list(table.itertuples(index=False, name=None)) == [
            *((8, "70%"), (8, "90%"), (11, "70%"), (11, "90%"), (14, "70%"), (14, "90%"))
        ]
        assert table["a.b"].dtype == np.int64


def test_a_latin_hypercube_has_one_point_in_each_slice() -> None:
    table = design(parse_vary(["a=0:1", "b=0:100"]), "lhs:50", seed=3)
    assert len(table) == 50
    for column, width in (("a", 1), ("b", 100)):
        assert sorted((table[column] / width * 50).astype(int)) == list(range(50))
    independent = np.random.default_rng(3).random(
        50
    )  # the sabotage twin: plain random points leave slices empty
    assert len(set((independent * 50).astype(int))) < 50


def test_sobol_points_are_balanced() -> None:
    table = design(parse_vary(["a=0:1", "b=0:1"]), "sobol:64", seed=3)
    assert len(table) == 64
    cells = set(zip((table["a"] * 8).astype(int), (table["b"] * 8).astype(int), strict=True))
    assert len(cells) == 64  # a (0, 6, 2)-net: one point in each cell of 1/8 by 1/8
    lhs = design(parse_vary(["a=0:1", "b=0:1"]), "lhs:64", seed=3)  # the sabotage twin
    assert len(set(zip((lhs["a"] * 8).astype(int), (lhs["b"] * 8).astype(int), strict=True))) < 64


def test_a_sample_belongs_to_its_seed() -> None:
    varies = parse_vary(["a=0:1", "b=70%:90%"])
    for sample in ("lhs:16", "sobol:16"):
        pd.testing.assert_frame_equal(design(varies, sample, 5), design(varies, sample, 5))
        assert not design(varies, sample, 5).equals(design(varies, sample, 6))


def test_points_that_are_the_same_stand_once() -> None:
    table = design(parse_vary(TWO), "lhs:200")
    assert len(table) == 6
    assert not table.duplicated().any()
    assert set(table["a.b"]) == {8, 11, 14}


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        ("sobol:100", "sample: 'sobol:100': Sobol' points are balanced only in powers of two; the nearest is "
         "sobol:128"),
        ("sobol:70", "sample: 'sobol:70': Sobol' points are balanced only in powers of two; the nearest is sobol:64"),
        ("sobol:99999", "sample: 'sobol:99999': Sobol' points are balanced only in powers of two; the nearest is "
         "sobol:65536"),
        ("lhs", "sample: 'lhs' needs a number of points from 2 to 100,000, like lhs:64"),
        ("lhs:1", "sample: 'lhs:1' needs a number of points from 2 to 100,000, like lhs:64"),
        ("sobol:2.5", "sample: 'sobol:2.5' needs a number of points from 2 to 100,000, like sobol:64"),
        ("grid:5", "sample: 'grid:5': a grid takes every combination; write grid alone"),
        ("sobel:64", "sample: 'sobel:64' is no way to sample; write grid, lhs:64 or sobol:64; did you mean 'sobol'?"),
        ("", "sample: '' is no way to sample; write grid, lhs:64 or sobol:64"),
    ],
)  # fmt: skip
def test_samples_that_are_none(sample: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        design(parse_vary(TWO), sample)
    assert str(caught.value) == message


def test_grids_that_are_none() -> None:
    with pytest.raises(InputError) as caught:
        design(parse_vary(["a=8:14", "b=1:2:2", "c=70%:90%"]))
    assert [str(problem) for problem in caught.value.problems] == [
        "a: a grid needs the number of values: write 8:14:5, or sample",
        "c: a grid needs the number of values: write 70%:90%:5, or sample",
    ]
    with pytest.raises(InputError) as caught:
        design(parse_vary(["a=1:1000:1000", "b=1:101:101"]))
    message = (
        "a, b: the grid has 101,000 points (1000 x 101); at most 100,000; take fewer values, or a sample"
    )
    assert str(caught.value) == message


def test_arguments_that_are_wrong() -> None:
    with pytest.raises(ValueError, match=r"^varies is empty: must hold what is varied$"):
        design([])
    for seed in (-1, 1.5, True):
        with pytest.raises(ValueError, match=r"^seed is .*: must be a whole number, 0 or more$"):
            design(parse_vary(TWO), "lhs:4", seed)  # type: ignore[arg-type]


# --- points -----------------------------------------------------------------------------------------------


def test_scenarios_at_the_points(make: Callable[..., Scenario]) -> None:
    small = make(pools__desk__staff=4)
    table = design(
        parse_vary(["pools.desk.staff=+1,6", "pools.desk.wage=26/h:30/h:2", "queues.mail.priority=0,2"])
    )
    found = points(small, table)
    assert [name for name, _ in found][:3] == [
        "staff=+1, wage=26/h, priority=0",
        "staff=+1, wage=26/h, priority=2",
        "staff=+1, wage=30/h, priority=0",
    ]
    assert [scenario.model.pools["desk"].staff.number for _, scenario in found] == [5] * 4 + [6] * 4
    assert [scenario.model.pools["desk"].wage for _, scenario in found][::2] == [26 / 3600, 30 / 3600] * 2
    assert {scenario.name for _, scenario in found} == {small.name}  # the digest is that of the same what-if
    assert (
        found[0][1].digest()
        == small.with_({"pools.desk.staff": 5, "pools.desk.wage": "26/h"})
        .with_({"queues.mail.priority": 0})
        .digest()
    )


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (["pools.desk.staff"], ["staff"]),
        (["pools.desk.staff", "pools.back.staff"], ["desk.staff", "back.staff"]),
        (["pools.desk.staff", "reasons.x"], ["staff", "x"]),
        (["a.x.staff", "b.x.staff", "b.x.wage"], ["a.x.staff", "b.x.staff", "wage"]),
        (["staff", "pools.staff"], ["staff", "pools.staff"]),
        (["queues.phone.overflow.0", "staff.by_time.08:00"], ["overflow.0", "by_time.08:00"]),
        (["targets.0.at_least", "targets.1.at_least"], ["targets.0.at_least", "targets.1.at_least"]),
        (["0"], ["0"]),
    ],
)
def test_names_hold_what_tells_paths_apart(paths: list[str], words: list[str]) -> None:
    from servsim.study.vary import _short

    assert _short(paths) == words


def test_numbers_in_names_are_short(small: Scenario) -> None:
    table = pd.DataFrame({"channels.phone.arrivals.scale": [1.0, 1.5]})
    assert [name for name, _ in points(small, table)] == ["scale=1", "scale=1.5"]


def test_bad_points_are_told_at_once(make: Callable[..., Scenario]) -> None:
    small = make(pools__desk__staff=4)
    with pytest.raises(InputError) as caught:
        points(small, design(parse_vary({"pools.desk.staff": [1, 2.5, 3], "pools.desk.speed": [1, 500]})))
    assert [str(problem) for problem in caught.value.problems] == [
        "pools.desk.speed: 500 is not allowed here; write a number from 0.01 to 100 (at staff=1, speed=500 and 2 more)",
        "pools.desk.staff: 2.5 is not allowed here; write a whole number from 0 to 100,000 (at staff=2.5, speed=1 and "
        "1 more)",
    ]
    with pytest.raises(InputError) as caught:
        points(small, design(parse_vary(["pools.dsk.staff=1:50:50"])))
    assert [str(problem) for problem in caught.value.problems] == [
        "pools.dsk.staff: pools has no part 'dsk'; it has desk; did you mean 'desk'? (at staff=1 and 49 more)"
    ]


def test_of_many_bad_points_five_are_shown(make: Callable[..., Scenario]) -> None:
    with pytest.raises(InputError) as caught:
        points(make(pools__desk__staff=4), design(parse_vary(["pools.desk.staff=1.1:4.9:20"])))
    told = [str(problem) for problem in caught.value.problems]
    assert told[0] == "20 of 20 points are wrong; here are 5 of 20 problems"
    assert len(told) == 6
    assert told[1] == (
        "pools.desk.staff: 1.1 is not allowed here; write a whole number from 0 to 100,000 (at staff=1.1)"
    )
