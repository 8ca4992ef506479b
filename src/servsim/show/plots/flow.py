"""The way of contacts from channel through bot and pools to their end, as a Sankey diagram."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...errors import InputError
from .house import DARK, GREY, PALETTE, fitted, frame, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["STAGES", "flow", "paths_of"]

STAGES = ("channel", "bot", "pool", "passed_on", "end")
HEADS = {"channel": "channel", "bot": "bot", "pool": "first agent", "passed_on": "passed on to", "end": "end"}
ENDS = ("resolved", "unresolved", "abandoned", "blocked", "open")
ENDING = {"resolved": "resolved", "unresolved": "unresolved", "abandoned": "gave up", "blocked": "turned away",
          "open": "still there"}  # fmt: skip
END_COLOURS = {"resolved": PALETTE[2]}
GAP = 0.035  # between two nodes of a column, in shares of all contacts
LEAST_GAP = 0.055  # between the middles of two nodes that have labels, so that these do not touch
NODE = 0.022  # width of a node; columns are one apart


def paths_of(contacts: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Return how many contacts went which way, out of the tables of contacts and of events.

    Args:
        contacts: replication, home, customer, attempt, channel, end; a result's `contacts`.
        events: replication, case, resource, start; a result's `events`.

    Returns:
        channel, bot (the first with a session), pool (of the first agent), passed_on (pool of the last agent, where
        agents of two pools had it; `same pool` is none), end; contacts (mean number a replication). Where a contact
        was at no bot or no agent, the word is empty. Contacts that came while the channel was closed are left out.
    """
    took = events[events["start"].notna() & events["resource"].notna()]
    who = took["resource"].astype(str)
    by_agent = who.str.contains("/", regex=False)
    keys = ["replication", "case"]
    pools = (
        took.loc[by_agent, keys]
        .assign(pool=who[by_agent].str.partition("/")[0])
        .groupby(keys, sort=False)["pool"]
    )
    bots = took.loc[~by_agent, keys].assign(bot=who[~by_agent]).groupby(keys, sort=False)["bot"]
    came = contacts[contacts["end"] != "closed"]
    case = came["home"].astype(str) + "/" + came["customer"].astype(str) + "/" + came["attempt"].astype(str)
    index = pd.MultiIndex.from_arrays([came["replication"], case], names=keys)
    first, last, bot = (
        found.reindex(index).fillna("").to_numpy() for found in (pools.first(), pools.last(), bots.first())
    )
    table = pd.DataFrame(
        {
            "channel": came["channel"].astype(str).to_numpy(),
            "bot": bot,
            "pool": first,
            "passed_on": [b if b != a else "" for a, b in zip(first, last, strict=True)],
            "end": came["end"].astype(str).to_numpy(),
        }
    )
    counts = table.value_counts(sort=False).rename("contacts").reset_index()
    return counts.assign(contacts=counts["contacts"] / max(contacts["replication"].nunique(), 1))


def flow(table: pd.DataFrame, *, title: str = "") -> Figure:
    """Draw the way of contacts from channel through bot and pools to their end; widths are numbers of contacts.

    A ribbon has its channel's colour from end to end.

    Args:
        table: channel, bot, pool, passed_on, end, contacts, as `paths_of` returns them.
        title: whose it is, such as the scenario's name.

    Raises:
        InputError: there is no contact.
    """
    total = float(table["contacts"].sum())
    if not total > 0:
        raise InputError("no contact came: there is no flow to draw")
    stages = [stage for stage in STAGES if (table[stage] != "").any()]
    channels = list(dict.fromkeys(_by_size(table, "channel")))
    colours = {name: PALETTE[n % 7] for n, name in enumerate(channels)}
    columns = [_column(table, stage, channels, total) for stage in stages]
    most = max(len([node for node in column.values() if node.name]) for column in columns)
    with style():
        figure, (axes,) = frame(
            "The way of contacts, from channel to end", title, height=max(3.6, 1.3 + 0.42 * most)
        )
        _draw_ribbons(axes, table, stages, columns, colours, total)
        for place, (stage, column) in enumerate(zip(stages, columns, strict=True)):
            for node in column.values():
                _draw_node(axes, node, place, stage, len(stages), colours, total)
            axes.text(
                place,
                -0.03,
                HEADS[stage],
                ha=_side(place, len(stages)),
                va="bottom",
                color=GREY,
                fontsize=9.0,
            )
        bottom = max(node.top + node.size for column in columns for node in column.values())
        axes.set_xlim(-0.05, len(stages) - 1 + 0.05)
        axes.set_ylim(bottom + 0.02, -0.1)
        axes.set_axis_off()
    return figure


@dataclass
class Node:
    """A box of a column: a name, where it begins, how large it is (shares of all contacts); no name: passed by."""

    name: str
    top: float
    size: float
    into: float = 0.0  # how much of it has come in from the left
    out: float = 0.0  # how much of it has gone on to the right


def _by_size(table: pd.DataFrame, stage: str) -> list[str]:
    """Return the names of a stage, the greatest first; ends in the order in which good comes before bad."""
    sizes = table[table[stage] != ""].groupby(stage, sort=True)["contacts"].sum()
    if stage == "end":
        return [
            *(name for name in ENDS if name in sizes.index),
            *(str(n) for n in sizes.index if n not in ENDS),
        ]
    return [str(name) for name in sizes.sort_values(ascending=False, kind="stable").index]


def _column(table: pd.DataFrame, stage: str, channels: Sequence[str], total: float) -> dict[str, Node]:
    """Return the nodes of a stage from the top down; below them, nameless, what passes the stage by."""
    found: dict[str, Node] = {}
    top = 0.0
    for name in [*_by_size(table, stage), *([""] if (table[stage] == "").any() else [])]:
        size = float(table.loc[table[stage] == name, "contacts"].sum()) / total
        if found:
            before = list(found.values())[-1]
            top = max(before.top + before.size + GAP, before.top + before.size / 2 + LEAST_GAP - size / 2)
        found[name] = Node(name, top, size)
    return found


def _draw_ribbons(
    axes: Axes,
    table: pd.DataFrame,
    stages: Sequence[str],
    columns: Sequence[dict[str, Node]],
    colours: dict[str, str],
    total: float,
) -> None:
    """Draw what goes from each column to the next, by channel, in an order in which ribbons cross least."""
    for place, (left, right) in enumerate(zip(stages, stages[1:], strict=False)):
        keys = list(dict.fromkeys(["channel", left, right]))
        links = table.groupby(keys, sort=True)["contacts"].sum().reset_index()
        ribbons = [
            (
                columns[place][row[left]],
                columns[place + 1][row[right]],
                str(row["channel"]),
                row["contacts"] / total,
            )
            for row in links.to_dict("records")
        ]
        order = list(colours)
        starts: dict[int, float] = {}
        for n in sorted(range(len(ribbons)), key=lambda n: (ribbons[n][1].top, order.index(ribbons[n][2]))):
            source, _, _, size = ribbons[n]
            starts[n] = source.top + source.out
            source.out += size
        for n in sorted(range(len(ribbons)), key=lambda n: (ribbons[n][0].top, order.index(ribbons[n][2]))):
            _, goal, channel, size = ribbons[n]
            _draw_ribbon(axes, place, starts[n], goal.top + goal.into, size, colours[channel])
            goal.into += size


def _draw_ribbon(axes: Axes, place: int, start: float, end: float, size: float, colour: str) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    left, right, middle = place + NODE / 2, place + 1 - NODE / 2, place + 0.5
    points = [
        *((left, start), (middle, start), (middle, end), (right, end)),
        *((right, end + size), (middle, end + size), (middle, start + size), (left, start + size)),
        (left, start),
    ]
    curve = [Path.CURVE4] * 3
    codes = [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY]
    axes.add_patch(PathPatch(Path(points, codes), facecolor=colour, alpha=0.38, linewidth=0))


def _draw_node(
    axes: Axes, node: Node, place: int, stage: str, count: int, colours: dict[str, str], total: float
) -> None:
    """Draw a node with its name and its share; what passes by has ribbons alone."""
    from matplotlib.patches import Rectangle

    if not node.name:
        rectangle: dict[str, Any] = {"facecolor": GREY, "alpha": 0.12}
        axes.add_patch(Rectangle((place - NODE / 2, node.top), NODE, node.size, linewidth=0, **rectangle))
        return
    colour = colours.get(node.name, DARK) if stage == "channel" else DARK
    axes.add_patch(Rectangle((place - NODE / 2, node.top), NODE, node.size, facecolor=colour, linewidth=0))
    words = ENDING.get(node.name, node.name) if stage == "end" else node.name
    share = f"{node.size * 100:.3g} %" if node.size >= 0.001 else "< 0.1 %"
    side = _side(place, count)
    shift = {"left": 2 * NODE, "right": -2 * NODE}.get(side, 2 * NODE)
    axes.text(
        place + shift, node.top + node.size / 2, f"{fitted(words, 20)}  {share}", ha="right" if side == "right" else "left",
        va="center", fontsize=8.5, color="#111111",
    )  # fmt: skip


def _side(place: int, count: int) -> str:
    return "left" if place == 0 else "right" if place == count - 1 else "center"
