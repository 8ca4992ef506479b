"""The tables that the kernel works on: one record type for each, and how compiled code reaches a row.

All tables belong to Python (`world.World`), which may give them other room between two calls of the kernel. Compiled
code is handed a single number, the address of a directory that holds (address, rows) of every table, and asks for
`step(w, 3).kind`: a row by number, its fields by name, to be read and written in place. Handing on every table as an
array instead costs more than the work itself does (two to ten times in a kernel of short functions, and as much in
compiling).

A table stands for several things that change together (what the scenario says of a queue, and who waits there now), so
that one look at memory finds them. Numbers of rows that may be missing are -1.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

__all__ = ["CHECKED", "TABLES", "compiled"]

# With this set in the environment every access is checked for its bounds: for tests; slower.
CHECKED = os.environ.get("SERVSIM_CHECK_BOUNDS", "") == "1"


OPTIONS = {"nogil": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a part of the kernel; only its entry is kept on disk, with all its parts inside."""
    return numba.njit(**OPTIONS)(function)


def inlined(function: Callable[..., Any]) -> Any:
    """Compile a part of the kernel that is put wherever it is called: what is short, or has one place.

    With all parts so the kernel is a little faster, but takes a minute to compile; with none it takes half as long
    again to run.
    """
    return numba.njit(**OPTIONS, forceinline=True)(function)


def _record(fields: str) -> np.dtype[Any]:
    """Return the type of a row written as `name:type name:type …`; without a type it is a whole number of 8 bytes.

    Shorter ones would make numba compile every function once for each length that it is called with.
    """
    names = [field.partition(":") for field in fields.split()]
    return np.dtype([(name, kind or "i8") for name, _, kind in names], align=True)


TABLES: dict[str, np.dtype[Any]] = {
    name: _record(fields)
    for name, fields in {
        # --- one row: the clock and the counters. `first` and `visits_out` number what has been handed out already ---
        "state": "now:f8 length:f8 start_of_day:f8 last:f8 drain begun channels reasons pools bots turn "
        "inside max_visits margin pending first contacts visits visits_out staff changes "
        "slots free_slot counts free_count todo_head todo_tail coming",
        # --- the scenario, and what changes in it ---
        "channel": "next:f8 customer arrival_key reason_key patience_key level:f8 below:f8 gaps number live "
        "start_key start starts lines taken patience calendar reason time times_end segment segments_end",
        "segment": "start:f8 last:f8 volume:f8 length:f8",
        "moment": "time:f8 reason",
        "reason_share": "share:f8",
        "step": "time_key wrap_up_key next_key kind resource time wrap_up live calendar skip_to loops",
        "ways": "first count",
        "way": "share:f8 target",  # those of steps, then those by which contacts of a channel start
        "bot": "up_key down_key sessions failures when_full when_down returns outages outage outages_end "
        "up down line inside",
        "outage": "start:f8 end:f8",
        "queue": "patience_key priority room head_start:f8 area:f8 since:f8 patience option options_end "
        "overflow overflows_end",
        "option": "after:f8 speed:f8 pool",  # a pool that serves the queue
        "overflow": "after:f8",  # a wait after which more pools may serve the queue
        "pool": "returns present target agent agents_end idle_head idle_tail skill skills_end roster "
        "rosters_end",
        "skill": "after:f8 speed:f8 rank queue",  # a queue that the pool serves
        "roster": "time:f8 present",
        "comeback": "share:f8 come_key after_key after calendar channel attempts",
        "sampler": "slot slots row",
        "at_arrival": "yes",
        "time_slot": "time:f8",
        "choice": "distribution",
        "distribution": "a:f8 b:f8 c:f8 kind start length",
        "number": "value:f8",  # tables of distributions
        "calendar": "span spans",
        "span": "start:f8 end:f8 before:f8",
        # --- what moves ---
        # of queues, of bots, then sessions in progress of bots; `last` joined otherwise than at the end
        "line": "head tail count last",
        "agent": "since:f8 visit pool number state slot before after",
        # a customer inside, or between two attempts
        "slot": "key number row visit turn arrived:f8 since:f8 speed:f8 home channel attempt reason step "
        "index stamp agent line before after visits counts on_line todo target next_todo",
        "count": "step visits next",  # earlier visits of a contact to a step that it can come to again
        "event": "time:f8 key what:i4 stamp:i4",
        # --- what happened: rows of the records; `open` counts why a contact is not over ---
        "contact": "customer arrived:f8 ended:f8 returns_at:f8 home:i2 attempt:i2 channel:i2 reason:i2 "
        "visits:i4 open:i4 end:i1",
        "visit": "contact entered:f8 started:f8 ended:f8 freed:f8 visit:i4 agent:i4 step:i2 pool:i2 end:i1",
        "staff": "time:f8 pool:i2 present:i4 target:i4",
        "change": "time:f8 bot:i2 up:i1",
    }.items()
}
PLACES = {name: place for place, name in enumerate(TABLES)}


def _word(builder: Any, address: Any, place: int) -> Any:
    """Load a word of the directory; it never changes while the kernel runs, which the compiler may rely on."""
    where = builder.add(address, ir.Constant(address.type, 8 * place))
    word = builder.load(builder.inttoptr(where, address.type.as_pointer()))
    word.set_metadata("invariant.load", builder.module.add_metadata([]))
    return word


def _rows(name: str) -> Any:
    """Return the compiled function (directory, row) → the table's row."""
    record, place = numba.from_dtype(TABLES[name]), 2 * PLACES[name]
    size = TABLES[name].itemsize

    @intrinsic  # type: ignore[untyped-decorator]
    def row_at(typing_context: Any, directory: Any, row: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            directory, row = arguments
            where = builder.mul(row, ir.Constant(row.type, size))
            return builder.inttoptr(
                builder.add(_word(builder, directory, place), where), context.get_value_type(record)
            )

        return record(types.int64, types.int64), code

    if not CHECKED:
        return row_at
    rows = _length(name)

    def checked(directory: int, row: int) -> Any:
        if not 0 <= row < rows(directory):
            raise IndexError("a row beyond its table")
        return row_at(directory, row)

    return compiled(checked)


def _length(name: str) -> Any:
    """Return the compiled function (directory) → number of rows that the table has room for."""
    place = 2 * PLACES[name] + 1

    @intrinsic  # type: ignore[untyped-decorator]
    def length(typing_context: Any, directory: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return _word(builder, arguments[0], place)

        return types.int64(types.int64), code

    return length


state_at = _rows("state")
channel_at = _rows("channel")
segment_at = _rows("segment")
moment_at = _rows("moment")
reason_share_at = _rows("reason_share")
step_at = _rows("step")
ways_at = _rows("ways")
way_at = _rows("way")
bot_at = _rows("bot")
outage_at = _rows("outage")
queue_at = _rows("queue")
option_at = _rows("option")
overflow_at = _rows("overflow")
pool_at = _rows("pool")
skill_at = _rows("skill")
roster_at = _rows("roster")
comeback_at = _rows("comeback")
sampler_at = _rows("sampler")
at_arrival_at = _rows("at_arrival")
time_slot_at = _rows("time_slot")
choice_at = _rows("choice")
distribution_at = _rows("distribution")
calendar_at = _rows("calendar")
span_at = _rows("span")
line_at = _rows("line")
agent_at = _rows("agent")
slot_at = _rows("slot")
count_at = _rows("count")
event_at = _rows("event")
contact_at = _rows("contact")
visit_at = _rows("visit")
staff_at = _rows("staff")
change_at = _rows("change")
number_room = _length("number")
slot_room = _length("slot")
count_room = _length("count")
event_room = _length("event")
contact_room = _length("contact")
visit_room = _length("visit")
staff_room = _length("staff")
change_room = _length("change")


@intrinsic  # type: ignore[untyped-decorator]
def _first_number(typing_context: Any, directory: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address = _word(builder, arguments[0], 2 * PLACES["number"])
        return builder.inttoptr(address, context.get_value_type(signature.return_type))

    return types.CPointer(types.float64)(types.int64), code  # type: ignore[attr-defined]


@compiled
def numbers(directory: int) -> Any:
    """Return the tables of all distributions as one array."""
    return numba.carray(_first_number(directory), number_room(directory))
