"""The page that the suite writes: docs/verification.md. The same bytes for the same seed: no dates, no timings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from case import ROOT, Case, Kind
from suite import AIM, JOINT, Row, Verified

from servsim.catalogue import CATALOGUE

PAGE = ROOT / "docs" / "verification.md"
HEADINGS: dict[Kind, str] = {
    "formula": "Closed formulas",
    "chain": "Exact models",
    "published": "Published results",
}
KINDS: dict[Kind, str] = {
    "formula": "The answers are formulas of [queueing.md](queueing.md), all exact in steady state (the last one: at every instant from empty).",
    "chain": """Each is a scenario for which no formula exists, and the Markov chain that means the same, written down apart from the engines
and solved to twelve digits (`tests/oracle`). Days from empty are followed through every instant; nothing is approximated.""",
    "published": """These compare two random numbers, so the standard error is that of both together, and what was printed bounds what can be
found. Where no interval was printed, theirs is taken to be as wide as ours would be with as many runs. Rounding of what was printed is
taken off the difference. The ten runs printed for the urgent-care centre lie far from the 400 that others ran of it, and from ours, which agree.""",
}

INTRO = """# Verification: does servsim compute what is known?

<!-- made by tests/verification/suite.py; do not edit -->

Whatever can be known without a simulation is compared here with what servsim gives: closed formulas, small systems whose exact answers
follow from a Markov chain, and results that others have printed. All scenarios lie in the repository, so any row can be run by
itself. One command makes this page, prints it, and fails if a row fails:

    python tests/verification/suite.py

**{verdict}** {rows} values of the compiled engine and {reference} of the reference engine were judged, in {cases} scenarios and
{contacts} million contacts. The farthest lies {farthest} standard errors from what is expected; {limit} are allowed.

## How a row is judged

- *got* is the value over all replications; a ratio is a ratio of sums. *z* is its distance from *expected* in standard errors, which come
  from the spread between replications (of ratios by the delta method; Law 2015, section 9.4.2). Few replications make standard errors
  uncertain, so z is the normal deviate that is as rare as Student's t.
- A row fails where |z| is above **{limit}**. By chance some row of a sound servsim does so **once in {joint} runs** of the whole suite: a joint
  level, shared out equally over all rows of both engines (Bonferroni). Seeds are fixed, so a row that passes does so always, until the code
  changes; every case has replications of its own.
- A value that is the same in all replications must be equal to the answer to nine digits; its z is 0.
- *finds* is the power: a relative error so large would be beyond the limit in 99 of 100 runs. In the main measures (waits, shares, occupancy, mean
  numbers; **bold** below) an error of 1 % should be found: {reaching} of {main} rows reach that ({formulas} of {of_formulas} with a closed
  formula), and [those that do not](#what-is-not-found) are named.
- Main measures are corrected for luck: how many customers came and how long they took to serve has a known mean, so what of a deviation is explained
  by these is taken off (control variates: Lavenberg and Welch 1981). The inputs have rows of their own, which are not corrected.
- *z ref.* is the reference engine's, over a few short replications of the same system ({brief} contacts in all). It is slow, so it finds little by
  itself; but on those replications both engines gave **the same bytes** in every measure, so that what is verified of one holds for the other.
- Systems in steady state begin empty and forget that in a warm-up, which is not measured. Days are what they are, from empty.

## In short

"""

OUTRO = """## What is not covered

- Approximations of [queueing.md](queueing.md) are not exact, so nothing is compared with them. `garnett_*`, `halfin_whitt_*` and the staffing formulas
  are functions of what is compared here.
- Quantiles of waits are compared where waits are forgotten quickly (M/M/c+M); a quantile of a finite run is biased by more than its error elsewhere.
- No exact answer is known here for: patience or service of other laws at many agents with abandonment, calendars and closed hours, `head_start`,
  overflow after a wait, pools that leave in the midst of a service (`return`), money beyond wages and lost customers. These are held by timelines
  worked out by hand, a self-audit of every run, and the comparison of both engines column by column over thousands of scenarios
  ([engines.md](engines.md), [rules.md](rules.md)).
- Random numbers and laws of service are tested by themselves ([draws.md](draws.md)); that intervals cover what they promise, in `tests/verification/test_coverage.py`.
- That the suite can fail is tested too (`tests/verification/test_suite.py`): expected values 1 % off, an agent too few, a patience 1 % too long, wrong rules of
  service and wrong models are all found.
"""


def page(found: Verified) -> str:
    """Return the page."""
    cases = list(dict.fromkeys(row.case.name for row in found.rows))
    referenced = [row.reference for row in found.rows if row.reference is not None]
    z = [abs(score.z) for row in found.rows for score in (row.score, row.reference) if score is not None]
    verdict = "All rows pass." if not found.failures else f"{len(found.failures)} ROWS FAIL."
    intro = INTRO.format(
        verdict=verdict,
        rows=len(found.rows),
        reference=len(referenced),
        cases=len(cases),
        contacts=round(sum(found.contacts.values()) / 1e6),
        farthest=f"{max(z):.2f}",
        limit=f"{found.limit:.2f}",
        joint=f"{round(1 / JOINT):,}",
        main=len(found.reaching) + len(found.short),
        reaching=len(found.reaching),
        formulas=sum(row.case.kind == "formula" for row in found.reaching),
        of_formulas=sum(row.main and row.case.kind == "formula" for row in found.rows),
        brief=f"{round(sum(found.brief.values()), -3):,}",
    )
    parts = [intro + _summary(found)]
    for kind, heading in HEADINGS.items():
        parts.append(f"## {heading}\n\n{KINDS[kind]}\n")
        parts += [_section(found, name) for name in cases if _case(found, name).kind == kind]
    return "\n".join([*parts, _short(found), OUTRO])


def _case(found: Verified, name: str) -> Case:
    return next(row.case for row in found.rows if row.case.name == name)


def _summary(found: Verified) -> str:
    """Return the table of cases."""
    lines = []
    for name, contacts in found.contacts.items():
        rows = [row for row in found.rows if row.case.name == name]
        farthest = max((abs(row.score.z) for row in rows), default=0.0)
        mains = [row.score.found(found.limit) for row in rows if row.main]
        finds = f"{_percent(min(mains))} … {_percent(max(mains))}" if mains else "as printed"
        cells = (
            f"[{name}](#{_anchor(name)})",
            rows[0].case.about,
            len(rows),
            f"{farthest:.2f}",
            finds,
            f"{contacts:,}",
        )
        lines.append(cells)
    return _table(("case", "system", "rows", "largest \\|z\\|", "main measures: finds", "contacts"), lines)


def _section(found: Verified, name: str) -> str:
    """Return the heading and the table of a case."""
    case = _case(found, name)
    rows = [row for row in found.rows if row.case.name == name]
    where = case.file.resolve().relative_to(ROOT).as_posix()
    changes = "".join(f", `{path}={_flow(value)}`" for path, value in case.changes.items())
    about = f"{case.about[0].upper()}{case.about[1:]}. Source: {case.source}."
    run = f"`{where}`{changes}; {case.reps:,} replications" + (f" of {case.hours:g} h" if case.hours else "")
    head = ("measure", "of", "unit", "expected", "got", "z", "finds", "z ref.")
    return f"### {name}\n\n{about}\n{run}.\n\n" + _table(head, [_cells(found, row) for row in rows])


def _cells(found: Verified, row: Row) -> Sequence[str]:
    score = row.score
    name = f"**{row.measure}**" if row.main else row.measure
    scopes = ", ".join(key.scope for key in row.keys)
    period = row.keys[0].period
    unit = "" if "/" in row.measure else CATALOGUE[row.measure].unit
    expected = _number(score.known.value)
    if score.known.error:
        expected += f" ± {score.known.error:.2g}"
    reference = "" if row.reference is None else _z(row.reference.z)
    finds = "any" if score.error == 0 else _percent(score.found(found.limit))
    return (
        name,
        scopes if period == "run" else f"{scopes}, {period[11:] or period}",
        unit,
        expected,
        _number(score.got),
        _z(score.z),
        finds,
        reference,
    )


def _short(found: Verified) -> str:
    """Return what the suite does not find."""
    lines = []
    for name in found.contacts:
        rows = [row for row in found.short if row.case.name == name]
        if rows:
            seen = [
                f"{row.measure} {row.keys[0].scope} {_percent(row.score.found(found.limit))}" for row in rows
            ]
            times = max((row.score.found(found.limit) / AIM) ** 2 for row in rows)
            lines.append((f"[{name}](#{_anchor(name)})", ", ".join(seen), f"{math.ceil(times)}"))
    text = """## What is not found

Main rows in which the error that is found is above 1 %, and how many times the replications it would take to have all rows of the case below
(`suite.py --times N`). Rare events and queues with few waits are dear: the error falls with the root of the contacts.
"""
    return text + "\n" + _table(("case", "finds", "times"), lines)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)


def _number(value: float) -> str:
    return f"{value:.5g}" if abs(value) < 1e5 else f"{value:.0f}"


def _z(z: float) -> str:
    return f"{z + 0.0:.2f}".replace("-0.00", "0.00")


def _percent(share: float) -> str:
    if math.isnan(share):
        return ""
    return f"{100 * share:.2g} %" if share < 0.00995 else f"{100 * share:.1f} %"


def _flow(value: object) -> str:
    """Return a value as it is written after `--set`."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(part)}" for key, part in value.items()) + "}"
    return str(value)


def _anchor(name: str) -> str:
    """Return the anchor that Markdown viewers give a heading."""
    kept = "".join(letter for letter in name.lower() if letter.isalnum() or letter in " -_")
    return kept.replace(" ", "-")
