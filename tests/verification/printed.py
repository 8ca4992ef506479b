"""Cases whose results others have printed. Theirs are random numbers too, so both standard errors count."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from case import ROOT, Case, Key, Known

PUBLISHED = ROOT / "scenarios" / "published"
CONTACT_CENTERS = (
    "ContactCenters (L'Ecuyer, Buist; Université de Montréal), examples of its documentation: 1,000 days"
)
NHS = "NHS 111 teaching model (pythonhealthdatascience)"
DAYS = 1000  # of ContactCenters
TWO_SIDED = 1.96  # their intervals are of 95 %
LAST = 0.0005  # half a unit of the third decimal
IN_TIME, ANSWERED = "answered_in_time", "answered"


def printed(value: float, half_width: float | None = None, rounding: float = 0.0, runs: int = DAYS) -> Known:
    """Return a printed mean; without a half-width their spread is taken to be ours."""
    if half_width is None:
        return Known(value, runs=runs, rounding=rounding)
    return Known(value, half_width / TWO_SIDED, rounding=rounding)


def with_total(values: Mapping[str, Known]) -> dict[Key, Known]:
    """Return what is known of totals."""
    return {Key(measure): known for measure, known in values.items()}


MMC = with_total(
    {
        IN_TIME: printed(1816.2, 3.6),
        f"{IN_TIME} / {ANSWERED}": printed(0.902, 0.002),
        "asa": printed(60 * 0.0995, 60 * 0.0025),
        "occupancy": printed(0.695, 0.0015),
    }
)
MMC_ABANDONMENT = with_total(
    {
        "abandoned": printed(58.6, 1.0),
        f"{IN_TIME} / {ANSWERED}": printed(0.975, rounding=LAST),
        "asa": printed(60 * 0.0235, 60 * 0.0005, rounding=60 * LAST),
        "occupancy": printed(0.675, rounding=LAST),
        "service_level": printed(0.968, rounding=LAST),
    }
)
MMC_BLOCKED = with_total(
    {
        "blocked": printed(18.7, 0.6),
        f"{IN_TIME} / {ANSWERED}": printed(0.929, 0.001, rounding=LAST),
        "asa": printed(60 * 0.060, 60 * 0.001, rounding=60 * LAST),
        "occupancy": printed(0.689, rounding=LAST),
    }
)
BY_PERIOD = {
    "type0": (170.2, 599.3, 15.5),
    "type1": (262.9, 511.6, 34.7),
    "type2": (259.8, 613.7, 24.9),
}
PERIODS = ("2026-01-05 00:00", "2026-01-05 02:00", "2026-01-05 04:00")
SIMPLE_MSK = {
    **with_total(
        {
            ANSWERED: printed(4297, 27),
            "abandoned": printed(910, 34),
            "service_level": printed(0.501, 0.0075),
        }
    ),
    Key("occupancy", "pool:group0"): printed(0.881, 0.0035),
    **{
        Key(IN_TIME, f"channel:{channel}", period): printed(number, rounding=0.05)
        for channel, numbers in BY_PERIOD.items()
        for period, number in zip(PERIODS, numbers, strict=True)
    },
}
URGENT_CARE = {  # operators: mean wait in minutes, utilisation; as printed (ten runs) and in a run of 400
    11: ((50.1, 0.990), (50.96, 0.995)),
    13: ((2.7, 0.927), (3.45, 0.934)),
    15: ((0.47, 0.806), (0.49, 0.811)),
}


def contact_centers(model: str, about: str, file: str, known: Mapping[Key, Known], **changes: str) -> Case:
    """Return a model of ContactCenters' documentation."""
    dotted = {path.replace("__", "."): value for path, value in changes.items()}
    plan = PUBLISHED / file, lambda: known, dotted, "published"
    return Case(f"ContactCenters {model}", about, CONTACT_CENTERS, *plan, reps=400, brief_reps=3)


def urgent_care(operators: int, which: int) -> Case:
    """Return the urgent-care centre: as printed (0), or beside the run of 400 (1)."""
    runs = (10, 400)[which]
    wait, busy = URGENT_CARE[operators][which]
    digits = 0.005 if operators == 15 or which else 0.05
    known = {
        Key("asa"): Known(60 * wait, runs=runs, rounding=60 * digits, plain=True),
        Key("occupancy"): Known(busy, runs=runs, rounding=LAST, plain=True),
    }
    return Case(
        f"Urgent care, {operators} operators, {runs} runs",
        f"calls 0.6 minutes apart, triangular service, {operators} operators; 1,000 minutes from empty",
        f"{NHS}, {'printed' if which == 0 else 'run independently'}",
        PUBLISHED / "urgent_care.yaml",
        partial(dict, known),
        {"pools.operators.staff": operators},
        kind="published",
        reps=200,
        brief_reps=3,
    )


PRINTED: tuple[Case, ...] = (
    contact_centers("MMC", "one type, one group, a day of 8 hours from empty", "mmc.yaml", MMC),
    contact_centers(
        "MMCAb",
        "the same with patience",
        "mmc_abandonment.yaml",
        MMC_ABANDONMENT,
        service_level__abandoned="ignored",
    ),
    contact_centers("MMCBlocked", "the same with room for five waiting", "mmc_blocked.yaml", MMC_BLOCKED),
    contact_centers(
        "SimpleMSK",
        "three types, two groups, three periods, a random factor a day",
        "simple_msk.yaml",
        SIMPLE_MSK,
    ),
    *(urgent_care(operators, which) for operators in URGENT_CARE for which in (0, 1)),
)
