"""The way of contacts from channel through bot and pools to their end, as a Sankey diagram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from ...errors import InputError
from .house import DARK, GREY, PALETTE, WIDTH, cells, fitted, frame, style
from .series import in_order

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["STAGES", "flow", "paths_of"]

STAGES = ("channel", "bot", "pool", "passed_on", "end")
HEADS = {"channel": "channel", "bot": "bot", "pool": "pool", "passed_on": "passed on to", "end": "end"}
PASSING = {"bot": "no bot", "pool": "no agent", "passed_on": "not passed on"}  # what passes a stage by
ENDS = ("resolved", "unresolved", "abandoned", "blocked", "open")
ENDING = {"resolved": "resolved", "unresolved": "unresolved", "abandoned": "gave up", "blocked": "turned away",
          "open": "still there"}  # fmt: skip
GAP = 0.035  # between two nodes of a column, in shares of all contacts
LINE = 0.16  # height of a label, in inches: so far apart are the middles of two nodes at least
MARGIN = 0.72  # for the names of the ends, in distances of columns
LETTER = 0.07  # width of a letter of a label, in inches
SHARE = 8  # letters that a share takes
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
        .assign(pool=who[by_agent].str.replace("/.*", "", regex=True))
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
            "channel": came["channel"].to_numpy(),
            "bot": bot,
            "pool": first,
            "passed_on": [b if b != a else "" for a, b in zip(first, last, strict=True)],
            "end": came["end"].astype(str).to_numpy(),
        }
    )
    keys = list(table.columns)
    counts = table.groupby(keys, observed=True, sort=True).size().rename("contacts").reset_index()
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
    channels = _channels(table)
    colours = {name: PALETTE[n % 7] for n, name in enumerate(in_order(table["channel"]))}
    most = max(table[stage].nunique() for stage in stages)
    letters = int((WIDTH - 0.2) / (len(stages) - 1 + MARGIN) / LETTER)
    tall = (
        2 if any(cells(name) > letters - SHARE for name in _names(table, stages)) else 1
    )  # lines of a label
    height = max(3.6, 1.6 + (0.1 + 0.2 * tall) * most)
    least = LINE * tall * 1.3 / (height - 1.0)
    columns = [_column(table, stage, channels, total, least) for stage in stages]
    bottom = max(node.top + node.size for column in columns for node in column.values())
    with style():
        figure, (axes,) = frame("The way of contacts, from channel to end", title, height=height)
        _draw_ribbons(axes, table, stages, columns, colours, total)
        for place, (stage, column) in enumerate(zip(stages, columns, strict=True)):
            for node in column.values():
                _draw_node(axes, node, place, stage, colours, letters, tall)
            axes.text(place - NODE / 2, -least / 2, HEADS[stage], va="bottom", color=GREY, fontsize=9.0)
        axes.set_xlim(-NODE, len(stages) - 1 + MARGIN)
        axes.set_ylim(bottom + least / 2, -1.6 * least)
        axes.set_axis_off()
    return figure


def _words(name: str, stage: str) -> str:
    return ENDING.get(name, name) if stage == "end" else name or PASSING.get(stage, "")


def _names(table: pd.DataFrame, stages: Sequence[str]) -> list[str]:
    return [_words(str(name), stage) for stage in stages for name in table[stage].unique()]


def _channels(table: pd.DataFrame) -> list[str]:
    """Return the channels in an order in which few ribbons cross: those that go to a bot first, then by size."""
    sizes = table.groupby("channel", sort=True, observed=True)["contacts"].sum()
    to_bot = (
        table[table["bot"] != ""]
        .groupby("channel", observed=True)["contacts"]
        .sum()
        .reindex(sizes.index)
        .fillna(0.0)
    )
    return sorted(
        map(str, sizes.index), key=lambda name: (-round(to_bot[name] / sizes[name], 1), -sizes[name])
    )


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
    sizes = table[table[stage] != ""].groupby(stage, sort=True, observed=True)["contacts"].sum()
    if stage == "end":
        return [
            *(name for name in ENDS if name in sizes.index),
            *(str(n) for n in sizes.index if n not in ENDS),
        ]
    return [str(name) for name in sizes.sort_values(ascending=False, kind="stable").index]


def _column(
    table: pd.DataFrame, stage: str, channels: Sequence[str], total: float, least: float
) -> dict[str, Node]:
    """Return the nodes of a stage from the top down; below them, nameless, what passes the stage by.

    The middles of two nodes are `least` apart or more, so that their labels do not touch.
    """
    found: dict[str, Node] = {}
    top = 0.0
    before: Node | None = None
    names = list(channels) if stage == "channel" else _by_size(table, stage)
    for name in [*names, *([""] if (table[stage] == "").any() else [])]:
        size = float(table.loc[table[stage] == name, "contacts"].sum()) / total
        if before is not None:
            end = before.top + before.size
            top = max(end + GAP, end - before.size / 2 + least - size / 2)
        before = found[name] = Node(name, top, size)
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
    for place, (left, right) in enumerate(pairwise(stages)):
        keys = list(dict.fromkeys(["channel", left, right]))
        links = table.groupby(keys, sort=True, observed=True)["contacts"].sum().reset_index()
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
    axes: Axes, node: Node, place: int, stage: str, colours: Mapping[str, str], letters: int, tall: int
) -> None:
    """Draw a node with its name and its share of all contacts to the right; what passes by is pale."""
    from matplotlib.patches import Rectangle

    colour = colours.get(node.name, DARK) if stage == "channel" else DARK if node.name else "#D5D5D5"
    axes.add_patch(Rectangle((place - NODE / 2, node.top), NODE, node.size, facecolor=colour, linewidth=0))
    words = _words(node.name, stage)
    share = f"{node.size * 100:.1f} %" if node.size >= 0.001 else "< 0.1 %"
    text = f"{fitted(words, letters)}\n{share}" if tall > 1 else f"{words}  {share}"
    colour = "#111111" if node.name else GREY
    axes.text(
        place + 1.4 * NODE,
        node.top + node.size / 2,
        text,
        va="center",
        fontsize=8.5,
        color=colour,
        linespacing=1.05,
    )
