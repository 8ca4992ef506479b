"""Writes format.md and measures.md from the format's model and the catalogue of measures.

python docs/make.py            # a test holds the pages equal to what this prints
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from servsim.catalogue import CATALOGUE, CHOICES
from servsim.scenario import fields
from servsim.scenario.schema import json_schema

HERE = Path(__file__).parent
KINDS = {
    "duration": fields.Duration,
    "rate": fields.Rate,
    "share": fields.Share,
    "number, 0 or more": fields.Positive,
    "whole number": fields.Whole,
    "name": fields.Name,
}
ORDER = (
    *(
        "Scenario",
        "ClockPart",
        "DayFactor",
        "Channel",
        "Arrivals",
        "ServiceLevel",
        "Definitions",
        "Flow",
        "Step",
        "StepByReason",
    ),
    *(
        "Dist",
        "Patience",
        "Exponential",
        "Lognormal",
        "Gamma",
        "Weibull",
        "Erlang",
        "Hyperexponential",
        "Uniform",
    ),
    *(
        "Triangular",
        "LogLogistic",
        "Empirical",
        "Component",
        "ByTime",
        "Bot",
        "BotCost",
        "Outage",
        "Queue",
        "Overflow",
    ),
    *("Pool", "Staff", "Shift", "Skill", "Return", "Costs"),
    *("Experience", "Satisfaction", "RatingBand", "Churn", "LeaveBand"),
    *("Target", "Claim", "HoldsIf", "Roi", "Phase", "Ramp", "WhatIf"),
)

INTRO = """# The scenario format

<!-- made by docs/make.py from the model; do not edit -->

A scenario is one YAML file; tables may lie beside it as CSV. `servsim check FILE` reports everything that is wrong with it
at once, with file, line, path and what is allowed; `servsim resolve FILE` prints it with every default filled in; `servsim schema`
prints a JSON Schema for editors. Nothing in a file is ever run as code. Words are those of the field ([rules.md](rules.md) says what
happens in a run).

**Quantities.** A duration is a number and a unit: `90 s`, `4 min`, `1.5 h`, `7 days`, `1 h 30 min` (ms, s, min, h, days, weeks).
A rate is a number per time: `120/h`, `4.2/min`; a wage is money per time: `38/h`. A share is `45%` or `0.45`; where shares
must sum to 100 %, one may be `rest`. A time of day is `08:30` (quote it), a moment `2026-03-02` or `"2026-03-02 10:00"`.

**Names** may be in any script: letters, digits, `_`, `-` and inner spaces.

**Distributions.** A bare duration is constant. Else one family with its parameters: `{lognormal: {mean: 5 min, cv: 0.8}}`.
`by_time: {at: arrival, "00:00": …, "08:00": …}` chooses by time of day (each holds until the next, the last one past midnight;
`at` says whether the contact's arrival or the start of the step is looked up), `by_reason: {complaint: …, default: …}` by
contact reason; one may stand inside the other. `mixture: [{share: 10%, time: 0 s}, {share: rest, time: …}]` has a point mass.
A family that begins at zero may have a `shift`, which is added to every draw: `{lognormal: {mean: 60 s, cv: 0.8, shift: 30 s}}`
takes 30 s at least and 90 s on average, as `mean`, `cv` and all other parameters are those of the part without the shift.

**Ways.** `next` and `start` name one step, or several with shares: `start: {menu: 70%, person: rest}`. A contact may go `next` to an
end (`resolved`, `unresolved`, `abandoned`) as well.

**Calendars** map days to hours: `{mon-sat: "08:00-22:00", sun: "09:00-12:00, 13:00-18:00", closed: [2026-12-25], 2026-12-24:
"08:00-12:00"}`. A date overrides its weekday; `22:00-06:00` runs past midnight; `always` is built in.

**Tables** (`volumes.csv`, rosters) have the columns `day,time,volume` or `day,time,agents`; `day` may be left out (daily) and may be
`mon`, `mon-fri`, `sat,sun`, a date or `2026-03-02..2026-03-06`; rows for a date replace those for its weekday. A row holds for one
interval of the table (its smallest step, or `interval`; with one time only, `clock.interval`); where no row stands it is 0. Volumes fall into the open part of
their interval. Exact arrivals: `time[,reason]`; observed durations: `value`; quantiles: `probability,value`. Files lie in the
scenario's folder or below. The same rows may be written in place as lists.

**What-ifs** are second files: `extends: as_is.yaml`, then `change:` with dotted paths and new values, absolute
(`pools.backup.staff: 10`), relative (`-20%`, `x1.5`, `+2`, `+5pp`, `+30 s`) or whole parts. A sign makes a number relative: `-2` takes two away, `=-2` is
minus two. Where nothing is written, a relative change starts from the default; an empty value takes a part away. The same paths
serve `--set path=value` and `scenario.with_({...})`. Beside `change:` a what-if may hold `name`, `claims`, what somebody promises
of it ([claims.md](claims.md)), and `roi`, what it costs to bring it about ([roi.md](roi.md)); claims are of that file alone.
`futures:` name changes that may come to pass, and hold for what-ifs too ([compare.md](compare.md#futures)).

**Not yet** (the checker says so): callbacks, `at_once` and `slowdown` (several chats at once), `batch`, `split`/`join`, outbound
channels, `preempt`, agents' skill levels.
"""


def _kind(schema: dict[str, Any], names: dict[str, str]) -> str:
    """Return the kind of value that a schema describes, in words."""
    schema = {key: value for key, value in schema.items() if key not in ("description", "default", "title")}
    if key := names.get(json.dumps(schema, sort_keys=True)):
        return key
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        given = [part for part in schema["anyOf"] if part.get("type") != "null"]
        if len(given) < len(schema["anyOf"]):
            return _kind({"anyOf": given} if len(given) > 1 else given[0], names)
        kinds = [_kind(part, names) for part in given]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in schema:
        return ", ".join(f"`{word}`" for word in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "object":
        inner = schema.get("additionalProperties")
        return "names to " + _kind(inner, names) if isinstance(inner, dict) else "mapping"
    if schema.get("type") == "array":
        inner = schema.get("items")
        return "list of " + _kind(inner, names) if inner else "list"
    kind = schema.get("type", "")
    if isinstance(kind, list) and "string" in kind and "minimum" not in schema:
        return "text"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    return "number" if "number" in kind else words.get(kind if isinstance(kind, str) else kind[0], "value")


def _default(schema: dict[str, Any], kind: str) -> str:
    value = schema.get("default")
    if kind == "duration" and value is not None:
        return f"`{value:g} s`"
    return "" if value in (None, [], {}) else f"`{json.dumps(value, ensure_ascii=False)}`".replace('"', "")


def format_page() -> str:
    """Return the page of the scenario format."""
    definitions = json_schema()["$defs"]
    names = {
        json.dumps(TypeAdapter(kind).json_schema(), sort_keys=True): word for word, kind in KINDS.items()
    }
    assert set(ORDER) == set(definitions), set(ORDER) ^ set(definitions)
    pieces = [INTRO]
    for name in ORDER:
        part = definitions[name]
        part = next((inner for inner in part.get("anyOf", ()) if "properties" in inner), part)
        pieces.append(f"## {name}\n\n{part.get('description') or definitions[name].get('description', '')}\n")
        rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
        for key, schema in part["properties"].items():
            kind = _kind(schema, names)
            needed = "**required**" if key in part.get("required", ()) else _default(schema, kind)
            meaning = schema.get("description", "")
            rows.append(f"| `{key}` | {kind} | {needed} | {meaning} |".replace("  |", " |"))
        pieces.append("\n".join(rows) + "\n")
    return "\n".join(pieces)


def measures_page() -> str:
    """Return the page of the measures."""
    import servsim.catalogue

    assert servsim.catalogue.__doc__
    general = (
        servsim.catalogue.__doc__.partition("What holds for all measures. ")[2].strip().replace("\n", " ")
    )
    head = "# The measures\n\n<!-- made by docs/make.py from the catalogue; do not edit -->\n\n"
    rows = ["| measure | unit | for | meaning | source |", "|---|---|---|---|---|"]
    for measure in CATALOGUE.values():
        scopes = ", ".join(measure.scopes)
        rows.append(
            f"| `{measure.name}` | {measure.unit} | {scopes} | {measure.definition} | {measure.source} |"
        )
    return (
        f"{head}{general}\n\nIntervals are 95 % Student t intervals over replications.\n\n"
        + "\n".join(rows)
        + f"\n\n{_choices()}"
    )


CHOICES_INTRO = """## Definitions that differ

Published sources and products give one name to different numbers. What differs is an option of the scenario, of which the
usual word comes first, or a measure of its own. An option that is not written has its first word. `service_level` may stand in
the scenario, a channel or a queue, and its words in a target; `definitions` stands in the scenario.
"""


def _choices() -> str:
    """Return the table of definitions that differ between sources."""
    rows = ["| what differs | option | reading | meaning, and who reads it so |", "|---|---|---|---|"]
    for choice in CHOICES:
        option = f"`{choice.option}`" if choice.option else "measures of their own"
        names = ", ".join(f"`{name}`" for name in choice.measures)
        for number, (word, meaning) in enumerate(choice.readings):
            head = (f"{names}: {choice.question}", option) if number == 0 else ("", "")
            rows.append(f"| {head[0]} | {head[1]} | `{word}` | {meaning} |".replace("|  |  |", "| | |"))
    return CHOICES_INTRO + "\n" + "\n".join(rows) + "\n"


if __name__ == "__main__":
    (HERE / "format.md").write_text(format_page(), encoding="utf-8")
    (HERE / "measures.md").write_text(measures_page(), encoding="utf-8")
