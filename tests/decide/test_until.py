"""Conditions: read as targets are printed; what is wrong is told with the nearest name."""

from __future__ import annotations

import numpy as np
import pytest

from servsim.decide.until import parse_until
from servsim.errors import InputError
from servsim.measure.targets import target_text
from servsim.scenario import Scenario


@pytest.mark.parametrize(
    ("text", "words", "key", "bound"),
    [
        ("cost <= 6.5", "cost <= 6.5", "at_most", 6.5),
        ("cost total<=6.5", "cost <= 6.5", "at_most", 6.5),
        ("wait queue:calls ≤ 1 min", "wait queue:calls <= 60 s", "at_most", 60.0),
        (" abandonment  queue: calls <= 5 % ", "abandonment queue:calls <= 5%", "at_most", 0.05),
        (
            "service_level channel:phone within 20 s abandoned ignored blocked left_out >= 80%",
            "service_level channel:phone within 20 s abandoned ignored blocked left_out >= 80%",
            "at_least",
            0.8,
        ),
        ("service_level within 1 min ≥ 0.8", "service_level within 60 s >= 80%", "at_least", 0.8),
        ("cost <= base", "cost <= base", "at_most", None),
        ("cost <= base - 20 %", "cost <= base -20%", "at_most", None),
        ("wait queue:calls <= base-4 min", "wait queue:calls <= base -4 min", "at_most", None),
        ("service_level within 30 s >= Base", "service_level within 30 s >= base", "at_least", None),
    ],
)  # fmt: skip
def test_conditions_are_read(queue: Scenario, text: str, words: str, key: str, bound: float | None) -> None:
    until = parse_until(text, queue)
    assert (until.text, until.key, until.bound) == (words, key, bound)


def test_what_targets_print_is_read_back(queue: Scenario) -> None:
    targets = [
        {
            "measure": "service_level",
            "queue": "calls",
            "within": "20 s",
            "abandoned": "met",
            "at_least": "80%",
        },
        {"measure": "cost_per_contact", "at_most": 9.5},
        {"measure": "asa", "channel": "phone", "at_most": "20 s"},
    ]
    for target in queue.with_({"targets": targets}).model.targets:
        until = parse_until(target_text(target), queue)
        assert until.put(queue).model.targets == (target,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "until: '' is not a condition; write MEASURE [KIND:NAME] [within 20 s] <= or >= BOUND, "
         "like 'abandonment queue:phone <= 5%'"),
        ("<= 5", "until: '<= 5' is not a condition; write MEASURE [KIND:NAME] [within 20 s] <= or >= BOUND, "
         "like 'abandonment queue:phone <= 5%'"),
        ("cost < 5", "until: '<' in 'cost < 5': use <= or >="),
        ("cost == 5", "until: '==' in 'cost == 5': use <= or >="),
        ("cost <=", "until: 'cost <=' names no bound; write MEASURE [KIND:NAME] [within 20 s] <= or >= BOUND, "
         "like 'abandonment queue:phone <= 5%'"),
        ("cots <= 5", "until: no measure is named 'cots'; did you mean 'cost'? ('servsim measures' lists them)"),
        ("cost queue:calls <= 5", "until: cost exists for total, not for queue"),
        ("wait queue:cals <= 5 s", "until: no queue is named 'cals'; queues: calls; did you mean 'calls'?"),
        ("wait queu:calls <= 5 s", "until: 'queu:calls' in 'wait queu:calls <= 5 s' is no scope; write total or "
         "KIND:NAME with one of channel, reason, queue, pool, bot; did you mean 'queue'?"),
        ("wait <= 5", "until: at most: '5' is not a duration; write a number and a unit, like '90 s', '4 min', '2 h'"),
        ("service_level within 20 x >= 80%", "until: within: unknown unit 'x' in '20 x'; "
         "use ms, s, min, h, days or weeks"),
        ("cost <= base x2", "until: 'x2' is not a change of cost; write a sign and an amount, like '-50%' of the base "
         "or '-1200'"),
        ("wait within 20 s <= 5 s", "until: within: belongs to the measure service_level alone"),
        ("wait <= 20 s every day", "until: 'wait <= 20 s every day': a break-even is about the whole run; "
         "leave 'every ...' out"),
    ],
)  # fmt: skip
def test_wrong_conditions_are_told(queue: Scenario, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_until(text, queue)
    assert str(caught.value) == message


def test_margins_are_what_is_left_to_the_bound(queue: Scenario) -> None:
    values, others = np.array([1.0, 4.0]), np.array([2.0, 2.0])
    assert parse_until("cost <= 3", queue).margin(values, None).tolist() == [2.0, -1.0]
    assert parse_until("cost >= 3", queue).margin(values, None).tolist() == [-2.0, 1.0]
    assert parse_until("cost <= base", queue).margin(values, others).tolist() == [1.0, -2.0]
    assert parse_until("cost >= base", queue).margin(values, others).tolist() == [-1.0, 2.0]


def test_the_other_scenarios_value_may_be_changed_first(queue: Scenario) -> None:
    """5 % less of 20 is 19; 3 more of 20 is 23."""
    values, others = np.array([18.0, 24.0]), np.array([20.0, 20.0])
    assert parse_until("cost <= base -5%", queue).margin(values, others).tolist() == [1.0, -5.0]
    assert parse_until("cost >= base +3", queue).margin(values, others).tolist() == [-5.0, 1.0]
