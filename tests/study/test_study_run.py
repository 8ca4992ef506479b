"""Running many replications: numbering, intervals, verdicts, errors."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from servsim.engine import ENGINES, simulate
from servsim.errors import AuditError, InputError
from servsim.measure import Measures, Measuring, measure
from servsim.network import build
from servsim.scenario import Scenario
from servsim.stats import mean_interval
from servsim.study import Result, run, runner


@pytest.fixture(scope="module")
def result(small: Scenario) -> Result:
    return run(small, reps=4, seed=7, contacts=True, events=True)


def test_values_are_those_of_the_engine_and_the_measures(small: Scenario, result: Result) -> None:
    network = build(small.model)
    for row, replication in enumerate([1, 2, 3, 4]):
        records = simulate(network, seed=7, replication=replication)
        np.testing.assert_array_equal(result.matrix[row], measure(records, network, small.model).values)


def test_a_replication_alone_is_the_same_as_among_many(small: Scenario, result: Result) -> None:
    alone = run(small, reps=1, seed=7, first=3, contacts=True)
    np.testing.assert_array_equal(alone.matrix[0], result.matrix[2])
    assert result.contacts is not None
    assert alone.contacts is not None
    among = result.contacts[result.contacts["replication"] == 3].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone.contacts, among, check_categorical=False)
    assert not np.array_equal(result.matrix[0], result.matrix[1], equal_nan=True)


def test_another_seed_gives_other_numbers(small: Scenario, result: Result) -> None:
    assert not np.array_equal(run(small, reps=1, seed=8).matrix[0], result.matrix[0], equal_nan=True)


def test_measures_is_the_matrix_laid_out_long(result: Result) -> None:
    assert len(result.measures) == result.matrix.size
    rows = result.measures.query("measure == 'offered' and scope == 'channel:phone' and period == 'run'")
    assert rows["replication"].tolist() == [1, 2, 3, 4]
    place = result.index.query("measure == 'offered' and scope == 'channel:phone' and period == 'run'").index[
        0
    ]
    assert rows["value"].tolist() == result.matrix[:, place].tolist()


def test_intervals_are_students_over_replications(result: Result) -> None:
    for place in range(0, len(result.index), 97):
        row, plain = result.intervals.iloc[place], mean_interval(result.matrix[:, place])
        np.testing.assert_array_equal(
            row[["mean", "half_width", "low", "high", "std"]].to_numpy(dtype=float),
            [plain.mean, plain.half_width, plain.low, plain.high, plain.std],
        )
        assert row["n"] == plain.n


def test_one_replication_has_no_interval(small: Scenario) -> None:
    alone = run(small, reps=1)
    assert math.isnan(alone.value("offered").half_width)
    assert alone.targets["verdict"].tolist() == ["cannot tell", "cannot tell"]


def test_value_of_scope_and_period(result: Result) -> None:
    found = result.value("offered", "channel:phone", "2026-03-02 08:00")
    rows = result.measures.query(
        "measure == 'offered' and scope == 'channel:phone' and period == '2026-03-02 08:00'"
    )
    assert found == mean_interval(rows["value"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("ofered",), "no measure 'ofered'; did you mean 'offered'?"),
        (("offered", "queue:phnoe"), "no scope 'queue:phnoe' for offered; did you mean 'queue:phone'?"),
        (
            ("occupancy", "channel:phone"),
            "no scope 'channel:phone' for occupancy; there are pool:desk, total",
        ),
        (
            ("offered", "total", "2026-03-03"),
            "no period '2026-03-03' for offered; did you mean '2026-03-02'?",
        ),
    ],
)
def test_a_wrong_name_is_told_the_nearest(result: Result, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(KeyError) as caught:
        result.value(*words)
    assert caught.value.args == (message,)


@pytest.mark.parametrize(
    ("argument", "value"),
    [("reps", 0), ("reps", 1.5), ("reps", True), ("seed", -1), ("seed", 2**62), ("first", 0), ("seed", "1")],
)
def test_numbers_out_of_range_are_refused(small: Scenario, argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{argument} is .*: must be a whole number from"):
        run(small, **{argument: value})  # type: ignore[arg-type]


def test_largest_seed_runs(small: Scenario) -> None:
    assert run(small, reps=1, seed=2**62 - 1).seed == 2**62 - 1


def test_an_unknown_engine_is_refused(small: Scenario) -> None:
    with pytest.raises(ValueError, match="no engine is named 'fast'"):
        run(small, engine="fast")


def test_a_file_can_be_named(small: Scenario, result: Result) -> None:
    np.testing.assert_array_equal(run(str(small.source), reps=1, seed=7).matrix[0], result.matrix[0])
    with pytest.raises(InputError, match="cannot be read"):
        run(small.source.with_name("absent.yaml"))


def test_progress_is_told_after_each(small: Scenario) -> None:
    told: list[tuple[float, int]] = []
    run(small, reps=3, progress=lambda done, total: told.append((done, total)))
    assert {done for done, _ in told} >= {1.0, 2.0, 3.0}
    assert told[-1] == (3.0, 3)


@pytest.mark.parametrize("engine", ENGINES)
def test_progress_is_told_within_a_replication(
    small: Scenario, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"servsim.engine.{engine}.EVENTS", 20)
    told: list[float] = []
    run(small, reps=2, engine=engine, progress=lambda done, total: told.append(done))
    assert told == sorted(told)
    assert len([done for done in told if 0 < done < 1]) > 3 < len([done for done in told if 1 < done < 2])


@pytest.mark.parametrize("engine", ENGINES)
def test_ctrl_c_within_a_replication(small: Scenario, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python is heard between two bursts of events; here it interrupts the second."""
    monkeypatch.setattr(f"servsim.engine.{engine}.EVENTS", 20)
    told: list[float] = []

    def interrupt(done: float, _: int) -> None:
        told.append(done)
        if len(told) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(small, reps=2, engine=engine, progress=interrupt)
    assert told[-1] < 1


def test_measures_that_change_between_replications_are_a_defect(
    small: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    class Shrinking(Measuring):
        def finish(self) -> Measures:
            found = super().finish()
            seen.append(found)
            short = slice(0, len(found.values) - len(seen))
            return dataclasses.replace(found, values=found.values[short])

    monkeypatch.setattr("servsim.study.work.Measuring", Shrinking)
    with pytest.raises(AuditError, match="replications of one scenario have not the same measures"):
        run(small, reps=2, jobs=1)


def test_stacked_tables_keep_names_as_categories_over_all() -> None:
    first = pd.DataFrame({"n": [1], "name": pd.Categorical(["b"], categories=["b"])})
    second = pd.DataFrame({"n": [2], "name": pd.Categorical(["a"], categories=["a"])})
    stacked = runner._stacked([first, second])
    assert list(stacked.columns) == ["n", "name"]
    assert stacked["name"].tolist() == ["b", "a"]
    assert stacked["name"].cat.categories.tolist() == ["b", "a"]


def test_contacts_and_events_are_there_where_asked_for(small: Scenario, result: Result) -> None:
    assert result.contacts is not None
    assert result.events is not None
    assert list(result.contacts.columns[:2]) == ["replication", "home"]
    assert sorted(result.events["replication"].unique()) == [1, 2, 3, 4]
    total = result.measures.query("measure in ['offered', 'closed'] and scope == 'total' and period == 'run'")
    assert len(result.contacts) == total["value"].sum()
    assert run(small, reps=1).contacts is None


# --- verdicts ----------------------------------------------------------------------------------------------


def judged(values: dict[str, list[float]], number: int, bound: Callable[[float], bool]) -> pd.DataFrame:
    """Return the rows of one target over replications, from its values by period."""
    return pd.DataFrame(
        {
            "replication": i,
            "target": number,
            "text": "words",
            "family": "run" if period == "run" else "day",
            "period": period,
            "value": value,
            "met": math.nan if math.isnan(value) else float(bound(value)),
        }
        for period, column in values.items()
        for i, value in enumerate(column, 1)
    )


# Three replications: the half-width is 2.4842 standard deviations (Student's 4.3027 / sqrt 3).
@pytest.mark.parametrize(
    ("values", "verdict", "kept"),
    [
        ([0.10, 0.11, 0.12], "met", True),  # 0.110 ± 0.025
        ([0.20, 0.20, 0.20], "met", True),  # on the bound
        ([0.15, 0.19, 0.25], "cannot tell", True),  # 0.197 ± 0.125
        ([0.18, 0.19, 0.26], "cannot tell", False),  # 0.210 ± 0.108
        ([0.30, 0.31, 0.32], "missed", False),  # 0.310 ± 0.025
        ([math.nan, math.nan, math.nan], "not measured", False),
    ],
)
def test_verdict_on_run(result: Result, values: list[float], verdict: str, kept: bool) -> None:
    rows = judged({"run": values}, 0, lambda value: value <= 0.2)
    target = dataclasses.replace(result, judged=rows, reps=3).targets.iloc[0]
    assert (target["verdict"], target["kept"]) == (verdict, kept)


GOOD, ABSENT = [1.0] * 3, [math.nan] * 3


# With two days a miss is sure where it holds at 97.5 %: 3.5826 standard deviations (6.2053 / sqrt 3).
@pytest.mark.parametrize(
    ("monday", "tuesday", "verdict", "kept", "share", "worst"),
    [
        ([0.995, 0.996, 0.997], [0.999, 0.998, 0.999], "met", True, 1.0, "monday"),
        (GOOD, [0.98, 1.0, 1.0], "cannot tell", True, 5 / 6, "tuesday"),  # on average it is kept
        (GOOD, [0.95, 0.99, 1.0], "cannot tell", False, 5 / 6, "tuesday"),
        (GOOD, [0.90, 0.91, 0.92], "missed", False, 0.5, "tuesday"),  # a good day does not make up for it
        (
            GOOD,
            [0.95, 0.96, 0.97],
            "cannot tell",
            False,
            0.5,
            "tuesday",
        ),  # below 0.985 at 95 %, 0.996 at 97.5 %
        (ABSENT, [0.95, 0.96, 0.97], "missed", False, 0.0, "tuesday"),  # nobody came on monday: one day, 95 %
        (ABSENT, [0.995] * 3, "met", True, 1.0, "tuesday"),
    ],
)
def test_verdict_on_every_day(
    result: Result,
    monday: list[float],
    tuesday: list[float],
    verdict: str,
    kept: bool,
    share: float,
    worst: str,
) -> None:
    values = {"run": [0.99] * 3, "monday": monday, "tuesday": tuesday}
    rows = judged(values, 1, lambda value: value >= 0.99)
    target = dataclasses.replace(result, judged=rows, reps=3).targets.iloc[0]
    assert (target["verdict"], target["kept"], target["worst"]) == (verdict, kept, worst)
    assert target["met"] == target["day_met"] == pytest.approx(share)


def test_days_tell_and_do_not_decide_where_the_bound_is_on_the_run(result: Result) -> None:
    values = {"run": [0.10, 0.11, 0.12], "monday": [0.1, 0.1, 0.1], "tuesday": [0.1, 0.1, 0.3]}
    rows = judged(values, 0, lambda value: value <= 0.2)
    target = dataclasses.replace(result, judged=rows, reps=3).targets.iloc[0]
    assert (target["verdict"], target["met"], target["worst"]) == ("met", 1.0, "run")
    # Wilson's interval of 5/6 with three replications: (0.8333 + 0.6402 ± 0.7667) / 2.2805
    days = target[["day_met", "day_low", "day_high"]].tolist()
    assert days == pytest.approx([5 / 6, 0.30999, 0.98235], abs=1e-5)


def test_the_share_of_days_is_unknown_where_nothing_was_measured(result: Result) -> None:
    rows = judged({"run": ABSENT, "monday": ABSENT}, 0, lambda value: value <= 0.2)
    target = dataclasses.replace(result, judged=rows, reps=3).targets.iloc[0]
    assert target[["met", "day_met", "day_low", "day_high"]].isna().all()


def test_targets_carry_value_and_interval(result: Result) -> None:
    row, plain = result.targets.iloc[0], result.value("abandonment", "queue:phone")
    assert (row["value"], row["low"], row["high"]) == (plain.mean, plain.low, plain.high)
    assert row["text"] == "abandonment queue:phone <= 20%"


def test_all_met_needs_every_target_kept(make: Callable[..., Scenario]) -> None:
    assert run(make(targets=[]), reps=1).all_met
    good = {"measure": "abandonment", "at_most": 1}
    bad = {"measure": "abandonment", "at_most": 0}
    assert run(make(targets=[good]), reps=1).all_met
    assert not run(make(targets=[good, bad]), reps=1).all_met


def test_summary_is_json_without_nan(small: Scenario, result: Result) -> None:
    summary = json.loads(json.dumps(result.summary(), allow_nan=False))
    assert summary["measures"]["queue:phone"]["asa"]["mean"] == result.value("asa", "queue:phone").mean
    assert [target["verdict"] for target in summary["targets"]] == result.targets["verdict"].tolist()
    alone = run(small, reps=1).summary()
    assert alone["measures"]["total"]["offered"]["half_width"] is None
    assert alone["measures"]["channel:mail"]["containment"]["mean"] is None
