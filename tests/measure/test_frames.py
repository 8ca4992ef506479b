"""The tables of contacts and of events, from the evening told by hand."""

import io

import numpy as np
import pandas as pd
import pytest
from by_hand import NAN, records, scenario
from service import EVENING, SCENARIO, evening

from servsim.measure import contacts_frame, events_frame


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return scenario(tmp_path_factory.mktemp("frames"), SCENARIO)[1]


def row(frame: pd.DataFrame, number: int) -> dict:
    """Return a row with None for what is missing."""
    return {name: None if pd.isna(value) else value for name, value in frame.iloc[number].items()}


def test_contacts_with_names(network) -> None:
    frame = contacts_frame(evening(network), network)
    assert len(frame) == len(EVENING)
    assert row(frame, 5) == {
        "home": "chat",
        "customer": 1,
        "attempt": 1,
        "channel": "chat",
        "reason": "a",
        "arrived": 5100,
        "ended": 5900,
        "end": "resolved",
        "returns_at": None,
        "wait": 140,
        "agent_time": 620,
        "visits": 4,
        "pool": "agents",
        "agent": 2,
    }
    assert row(frame, 2) | {"wait": 130, "agent_time": 0, "pool": None, "agent": None} == row(frame, 2)
    assert (frame["end"][6], frame["visits"][6], frame["returns_at"][6]) == ("closed", 0, 7300)
    assert np.isnan(frame["wait"][3])  # settled by the bot
    assert np.isnan(frame["wait"][7])  # turned away
    assert (frame["end"][11], frame["wait"][11]) == ("open", 210)
    assert list(frame["end"].cat.categories) == [
        "open",
        "resolved",
        "unresolved",
        "abandoned",
        "blocked",
        "closed",
    ]


def test_events_for_process_mining(network) -> None:
    frame = events_frame(evening(network), network)
    case = frame[frame["case"] == "chat/1/1"].drop(columns="case")
    expected = [
        ("chat/bot", "helper", 5100, 5100, 5160, NAN, "handed_back"),
        ("chat/person", "night/1", 5160, 5200, 5400, 5400, "handed_back"),
        ("chat/person", "agents/1", 5400, 5430, 5530, 5550, "done"),
        ("chat/office", "agents/2", 5530, 5600, 5900, 5900, "done"),
    ]
    assert list(case.columns) == ["activity", "resource", "enqueued", "start", "end", "freed", "result"]
    for found, wanted in zip(case.itertuples(index=False), expected, strict=True):
        np.testing.assert_equal(tuple(found), wanted)
    assert len(frame) == sum(len(contact.visits) for contact in EVENING)
    skipped = frame[frame["case"] == "chat/2/1"]
    assert skipped["resource"].isna().all()
    assert list(skipped["result"]) == ["skipped", "blocked"]
    assert set(frame["case"]) >= {"phone/2/1", "phone/2/2"}  # each attempt is a case


def test_times_are_the_records(network) -> None:
    rec = evening(network)
    contacts, events = contacts_frame(rec, network), events_frame(rec, network)
    for name in ("arrived", "ended", "returns_at", "customer", "attempt"):
        np.testing.assert_array_equal(contacts[name], rec.contacts[name])
    for name, column in (("enqueued", "entered"), ("start", "started"), ("end", "ended"), ("freed", "freed")):
        np.testing.assert_array_equal(events[name], rec.visits[column])


UNUSED = """channels:
  unused: {type: voice, arrivals: {rate: 0/h}, reasons: {z: 1}, flow: unused}"""
UNUSED_FLOW = """flows:
  unused: {steps: {ask: {bot: idle, time: 1 s, next: talk}, talk: {queue: idle, time: 1 s}}}"""


def test_what_is_not_used_changes_no_byte(tmp_path, network) -> None:
    """A channel, reason, flow, queue, bot and pool more, each before the others, that nobody comes to."""
    text = (
        SCENARIO.replace("channels:", UNUSED, 1)
        .replace("reasons: [a, b]", "reasons: [z, a, b]")
        .replace("flows:", UNUSED_FLOW, 1)
        .replace("bots:", "bots:\n  idle: {}", 1)
        .replace("queues: {", "queues: {idle: , ", 1)
        .replace("pools:", "pools:\n  idle: {staff: 1, serves: [idle]}", 1)
    )
    more = scenario(tmp_path, text)[1]
    assert len(more.names.channels) == len(network.names.channels) + 1
    assert more.names.steps[0] == "unused/ask"
    for make in (contacts_frame, events_frame):
        plain, other = (make(evening(n), n) for n in (network, more))
        pd.testing.assert_frame_equal(plain, other)
        assert to_parquet(plain) == to_parquet(other)


def to_parquet(frame: pd.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.to_parquet(stream)
    return stream.getvalue()


def test_empty_records_give_empty_tables(network) -> None:
    empty, full = records(network, []), evening(network)
    for make in (contacts_frame, events_frame):
        frame = make(empty, network)
        assert len(frame) == 0
        assert list(frame.columns) == list(make(full, network).columns)
