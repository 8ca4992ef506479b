"""Targets judged against the evening told by hand."""

import math

import pytest
from by_hand import records, scenario
from service import SCENARIO, evening

from servsim.measure import measure


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    return scenario(tmp_path_factory.mktemp("targets"), SCENARIO)


@pytest.fixture(scope="module")
def judged(service):
    model, network = service
    return measure(evening(network), network, model).judged


@pytest.mark.parametrize(
    ("number", "text", "value", "met"),
    [
        # by the channel's own words: 20 s, those who gave up in time ignored
        (0, "service_level channel:phone >= 60%", 3 / 5, 1),
        # within 5 s only the last one; in the intervals 0 of 2, 0 of 1, -, 0 of 1, 1 of 2
        (1, "service_level channel:phone within 5 s abandoned missed >= 20% every interval", 1 / 6, 1 / 4),
        # 1 of 2 and 1 of 4
        (2, "abandonment queue:phone <= 40% every day", 1 / 3, 1 / 2),
        (3, "wait_max total <= 200 s", 210, 0),
        # first answer after 40 s; one blocked; nobody came on the first day
        (4, "service_level queue:chat within 60 s >= 50% every day", 1 / 2, 1),
        # within 10 s for every channel: 10 and 0; phone still ignores who gave up after 5 s
        (5, "service_level total within 10 s >= 50%", 2 / 7, 0),
        (6, "cost total <= 823", 823, 1),
    ],
)
def test_each_target(service, judged, number: int, text: str, value: float, met: float) -> None:
    rows = judged[judged["target"] == number]
    assert set(rows["text"]) == {text}
    assert rows["period"].iloc[0] == "run"
    assert rows["value"].iloc[0] == pytest.approx(value, rel=1e-12)
    deciding = rows[rows["family"] == service[0].targets[number].every]
    assert deciding["met"].mean() == pytest.approx(met)


def test_a_row_for_the_run_and_one_for_each_period(service, judged) -> None:
    model, _ = service
    assert list(judged.columns) == ["target", "text", "family", "period", "value", "met"]
    by_day = judged[judged["target"] == 2]
    assert by_day["family"].tolist() == ["run", "day", "day"]
    assert by_day["period"].tolist() == ["run", "2026-03-02", "2026-03-03"]
    assert by_day["value"].tolist() == pytest.approx([1 / 3, 1 / 2, 1 / 4])
    assert by_day["met"].tolist() == [1, 0, 1]
    assert judged["target"].nunique() == len(model.targets) == 7


def test_days_are_judged_of_every_target_and_intervals_where_the_bound_is_on_them(judged) -> None:
    families = judged.groupby("target")["family"].value_counts().unstack(fill_value=0)
    assert families["run"].tolist() == [1] * 7
    assert families["day"].tolist() == [2] * 7
    assert families["interval"].tolist() == [0, 5, 0, 0, 0, 0, 0]  # 23:30 to 02:00
    # the longest wait: 130 s of the call that came on the first day and gave up after midnight; 210 s on the second
    longest = judged[judged["target"] == 3]
    assert longest["value"].tolist() == [210, 130, 210]
    assert longest["met"].tolist() == [0, 1, 0]


def test_a_targets_value_is_the_measures(service, judged) -> None:
    model, network = service
    found = measure(evening(network), network, model)
    values = judged[judged["period"] == "run"].set_index("target")["value"]
    assert values[0] == found.value("service_level", "channel:phone")
    assert values[6] == found.value("cost")


def test_a_target_that_nothing_tells_of_is_neither_met_nor_missed(service) -> None:
    model, network = service
    judged = measure(records(network, []), network, model).judged
    over_run = judged[judged["period"] == "run"].set_index("target")
    assert math.isnan(over_run["value"][0])
    assert math.isnan(over_run["met"][0])
    assert (over_run["value"][6], over_run["met"][6]) == (pytest.approx(403.5), 1)


def test_no_targets(tmp_path) -> None:
    model, network = scenario(tmp_path, SCENARIO.partition("targets:")[0])
    judged = measure(evening(network), network, model).judged
    assert len(judged) == 0
    assert judged.dtypes.astype(str).to_dict() == {
        "target": "int64",
        "text": "str",
        "family": "str",
        "period": "str",
        "value": "float64",
        "met": "float64",
    }
