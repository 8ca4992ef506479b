"""Whose patience a wait has: the queue's own, else the channel's; and that an attempt has one draw of it for all its
waits.
"""

from timelines import no_table, play, run

from servsim.draws import combine, stream_hash, stream_key, uniform
from servsim.draws.kernel import EXPONENTIAL, quantile

THREE_QUEUES = """
clock: {start: 2026-03-02, length: 1 h}
reasons: [w, x, y, z]
channels:
  phone:
    type: voice
    patience: 10 s
    reasons: {x: 1}
    arrivals: {times: [[0, x], [1, y], [2, z], [3, w]]}
    flow: call
flows:
  call:
    steps:
      menu: {delay: 0 s, by_reason: {x: {next: one}, y: {next: two}, z: {next: three}, w: {next: never}}, next: one}
      one: {queue: first, time: 1 s}
      two: {queue: second, time: 1 s}
      three: {queue: third, time: 1 s}
      never: {queue: fourth, time: 1 s}
queues: {first: {patience: 20 s}, second: {patience: 5 s}, third: {}, fourth: {patience: none}}
pools: {nobody: {staff: 0, serves: [first, second, third, fourth]}}
"""


def test_a_queues_own_patience_comes_before_the_channels() -> None:
    """Nobody serves. First queue 0 + 20, second 1 + 5, third the channel's 2 + 10; at the fourth nobody gives up."""
    play(
        THREE_QUEUES,
        contacts="""
            phone.0.1 x 0 20 abandoned -
            phone.1.1 y 1  6 abandoned -
            phone.2.1 z 2 12 abandoned -
            phone.3.1 w 3  - open -
        """,
        visits="""
            0.0 call/menu  0 0  0 - done -
            0.1 call/one   0 - 20 - abandoned -
            1.0 call/menu  1 1  1 - done -
            1.1 call/two   1 -  6 - abandoned -
            2.0 call/menu  2 2  2 - done -
            2.1 call/three 2 - 12 - abandoned -
            3.0 call/menu  3 3  3 - done -
            3.1 call/never 3 -  - - open -
        """,
        staff="0 nobody 0 0",
    )


FROM_QUEUE_TO_QUEUE = """
clock: {start: 2026-03-02, length: 2 h}
channels: {phone: {type: voice, patience: {exponential: 30 s}, arrivals: {times: [TIMES]}, flow: call}}
flows: {call: {steps: {talk: {queue: front, time: 1 s, next: ask}, ask: {queue: back, time: 1 s}}}}
queues: {front: {}, back: {}}
pools: {team: {staff: 3, serves: [front]}, nobody: {staff: 0, serves: [back]}}
returns: {abandoned: {probability: 1, after: 10 s, attempts: 2}}
"""


def test_all_waits_of_an_attempt_have_the_same_patience() -> None:
    """Served at the first queue at once, each gives up at the second after the attempt's only draw of patience."""
    times = ", ".join(f"[{60 * i}]" for i in range(50))
    _, records = run(FROM_QUEUE_TO_QUEUE.replace("TIMES", times), seed=5, replication=2)
    c, v = records.contacts, records.visits
    key, customers = (
        stream_key(5, 2, stream_hash("channel/phone/patience")),
        stream_hash("channel/phone/customer"),
    )
    waits = v["visit"] == 1
    assert waits.sum() == len(c["end"]) == 100
    for contact, entered, ended in zip(
        v["contact"][waits], v["entered"][waits], v["ended"][waits], strict=True
    ):
        who = combine(customers, int(c["customer"][contact]))
        u = uniform(key, who, int(c["attempt"][contact]), 0)
        assert ended == entered + quantile(EXPONENTIAL, 30.0, 0.0, 0.0, no_table(), 0, 0, u)
