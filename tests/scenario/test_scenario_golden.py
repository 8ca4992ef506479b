"""Whole scenarios and their resolved forms, compared exactly; the resolved form loads back to the same bits.

`python tests/scenario/test_scenario_golden.py` rewrites the resolved forms: read the difference before
committing it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from servsim.scenario import load

GOLDEN = Path(__file__).parent / "golden"
WRITTEN = sorted(path for path in GOLDEN.glob("*.yaml") if not path.name.endswith(".resolved.yaml"))


def resolved_of(path: Path) -> Path:
    return path.with_name(path.stem + ".resolved.yaml")


def test_there_are_golden_scenarios() -> None:
    assert len(WRITTEN) >= 6


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_resolved_form_is_exactly_the_recorded_one(path: Path) -> None:
    assert load(path).to_yaml() == resolved_of(path).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_resolved_form_means_the_same(path: Path) -> None:
    written, resolved = load(path), load(resolved_of(path))
    assert resolved.model == written.model
    assert resolved.digest() == written.digest()
    assert resolved.to_yaml() == written.to_yaml()


def test_a_what_if_changes_what_it_says_and_nothing_else() -> None:
    base, what_if = load(GOLDEN / "bot.yaml").resolved(), load(GOLDEN / "what_if.yaml").resolved()
    changes = {path: (old, new) for path, old, new in _differences(base, what_if, "")}
    assert changes == {
        "name": ("Chat with an assistant", "Chat with a better assistant"),
        "clock.warmup": ("0.0 s", "86400.0 s"),
        "channels.chat.arrivals.rate.09:00": (f"{40 / 3600!r}/s", f"{48 / 3600!r}/s"),
        "channels.chat.service_level.within": ("45.0 s", "60.0 s"),
        "flows.chat.steps.assistant.next.resolved": (0.55, 0.65),
        "flows.chat.steps.assistant.next.unresolved": (0.1, None),
        "flows.chat.steps.assistant.next.person": (0.35, "rest"),
        "flows.chat.steps.assistant.by_reason.complaint.next.person": (0.95, 0.9),
        "bots.assistant.outages": (base["bots"]["assistant"]["outages"], []),
        "queues.chat.overflow": (
            [{"after": "60.0 s", "to": ["backup"]}],
            [{"after": "120.0 s", "to": ["backup"]}],
        ),
        "queues.chat.priority": (1, -3),
        "queues.vip": (None, what_if["queues"]["vip"]),
        "pools.people.staff.number": (8, 6),
        "pools.people.wage": (f"{38 / 3600!r}/s", f"{39.9 / 3600!r}/s"),
        "pools.people.serves.vip": (None, {"speed": 1.0, "preference": 2}),
        "pools.backup.staff.by_calendar.desk": (2, 5),
        "returns.abandoned": (base["returns"]["abandoned"], None),
        "targets": (base["targets"], what_if["targets"]),
    }
    assert what_if["targets"][1]["at_most"] == "120.0 s"


def _differences(old: object, new: object, path: str) -> list[tuple[str, object, object]]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return [] if old == new else [(path[1:], old, new)]
    keys = [*old, *(key for key in new if key not in old)]
    return [found for key in keys for found in _differences(old.get(key), new.get(key), f"{path}.{key}")]


if __name__ == "__main__":
    for written in WRITTEN:
        resolved_of(written).write_text(load(written).to_yaml(), encoding="utf-8")
