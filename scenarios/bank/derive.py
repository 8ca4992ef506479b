"""Derive the facts of the bank scenario from the log of the Technion "Anonymous Bank", February 1999.

    python derive.py PATH_TO_LOG.csv.gz [--out DIR]

Writes small tables; no row of the log leaves it. FACTS.md says what each means and why it is derived so.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import digamma
from scipy.stats import chi2, gamma, lognorm

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bridge = Callable[[Ints, Ints], NDArray[np.bool_]]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIRST_DAY = pd.Timestamp("1999-02-01")  # a Monday; February 1999 has each weekday four times
DATES, WEEKS, DAY_SECONDS, SLOT = 28, 4, 86_400, 1_800
SECONDS = DATES * DAY_SECONDS + 7_200  # the last calls run past midnight
# The half hours open, by weekday: 07:00-24:00, friday to 14:00, saturday from 19:30.
OPEN = {day: {4: (14, 28), 5: (39, 48)}.get(day, (14, 48)) for day in range(7)}
CLASSES = ("priority", "regular", "prospect", "stock", "callback", "internet")
OF_TYPE = {"NW": "prospect", "NE": "stock", "TT": "callback", "IN": "internet"}  # PS and PE: by priority
NO_SERVER = "NO_SERVER"
LONGEST_IDLE = 1_800  # seconds; an agent without a call for longer counts as gone
RELIABLE = 20  # Kaplan-Meier is trusted while so many are at risk
ENOUGH_LEFT = 100  # a class that fewer left takes the pooled patience
TAIL_FROM = 120  # seconds; the hazard of the tail is taken from waits beyond
TAIL = (0.96, 0.97, 0.98, 0.985, 0.99, 0.9925, 0.995, 0.9975, 0.999, 0.9995, 1.0)
GRID = np.array([0, 0.005, 0.01, 0.02, 0.03, *np.arange(0.05, 0.951, 0.03), *TAIL])


def seconds_of(clock: pd.Series[str]) -> pd.Series[float]:
    """Seconds since midnight of an H:MM:SS column."""
    return pd.to_timedelta(clock).dt.total_seconds()


def read_calls(path: Path) -> pd.DataFrame:
    """The calls that ask for an agent (answered, or hung up in the queue), on one time axis in seconds."""
    log = pd.read_csv(path)
    log["queued"] = log["q_start"] != "0:00:00"
    log["answered"] = log["outcome"] == "AGENT"
    calls = log[log["answered"] | ((log["outcome"] == "HANG") & log["queued"])].reset_index(drop=True)
    midnight = (pd.to_datetime("19" + calls["date"].astype(str)) - FIRST_DAY).dt.days * DAY_SECONDS
    entry = seconds_of(calls["vru_entry"])
    asked = seconds_of(calls["q_start"].where(calls["queued"], calls["vru_exit"]))
    start = seconds_of(calls["ser_start"])
    for name, clock in (("asked", asked), ("start", start)):  # an hour before the entry: of the next day
        calls[name] = (midnight + clock + DAY_SECONDS * (clock < entry - 3_600)).astype(np.int64)
    calls["end"] = calls["start"] + calls["ser_time"]
    calls["date_no"] = calls["asked"] // DAY_SECONDS
    calls["day"] = calls["date_no"] % 7
    calls["slot"] = calls["asked"] % DAY_SECONDS // SLOT
    calls["open"] = [OPEN[d][0] <= s < OPEN[d][1] for d, s in zip(calls["day"], calls["slot"], strict=True)]
    calls["known"] = calls["type"].map(OF_TYPE)
    return calls


def with_classes(calls: pd.DataFrame) -> pd.DataFrame:
    """Calls by class with a weight, since the log tells the priority of a caller only if the caller queued.

    A regular or English call that was answered at once counts in both classes, weighted by the share of
    priority customers among those who queued in that hour of day.
    """
    plain = calls["known"].isna()
    hour = calls["slot"] // 2
    queued = calls[plain & calls["queued"]]
    share = (queued["priority"] == 2).groupby(hour[queued.index]).mean()
    chance = hour.map(share).fillna((queued["priority"] == 2).mean())
    is_priority = chance.mask(calls["queued"].astype(bool), (calls["priority"] == 2).astype(float))
    parts = [calls[~plain].assign(klass=calls["known"], weight=1.0)]
    for name, weight in (("priority", is_priority), ("regular", 1 - is_priority)):
        parts.append(calls[plain & (weight > 0)].assign(klass=name, weight=weight))
    return pd.concat(parts, ignore_index=True)


def floats(column: pd.Series) -> Floats:
    """A column as an array of floats."""
    return np.asarray(column.to_numpy(), dtype=np.float64)


def weighted_quantiles(values: Floats, weights: Floats, at: Floats = GRID) -> Floats:
    """Quantiles of weighted values, linear between the midpoints of their weights."""
    order = np.argsort(values, kind="stable")
    ordered, mass = values[order], weights[order]
    return np.asarray(np.interp(at, (np.cumsum(mass) - mass / 2) / mass.sum(), ordered), dtype=np.float64)


def quantile_table(values: Floats, weights: Floats) -> pd.DataFrame:
    """A table to sample by linear interpolation; its mean must be within 1 % of the data."""
    found = weighted_quantiles(values, weights)
    wanted = float(np.average(values, weights=weights))
    if abs(float(np.trapezoid(found, GRID)) / wanted - 1) > 0.01:
        raise ValueError(f"quantile table misses the mean {wanted:.1f} by over 1 %")
    return pd.DataFrame({"probability": GRID.round(4), "value": found.round(2)})


def distances(x: Floats, w: Floats) -> dict[str, float]:
    """Kolmogorov distance of fitted lognormal, gamma, and short calls (under 10 s) + lognormal."""
    order = np.argsort(x)
    x, w = np.maximum(x[order], 0.5), w[order] / w.sum()
    empirical = np.cumsum(w)
    last = np.r_[x[1:] != x[:-1], True]  # ties: compare at the last of equal values

    def moments(values: Floats, mass: Floats) -> tuple[float, float]:
        mu = float(np.average(np.log(values), weights=mass))
        return mu, float(np.sqrt(np.average((np.log(values) - mu) ** 2, weights=mass)))

    mu, sigma = moments(x, w)
    mean = float(np.average(x, weights=w))
    shape = float(brentq(lambda k: np.log(k) - digamma(k) - np.log(mean) + mu, 0.05, 50.0))
    long = x >= 10
    short = float(w[~long].sum())
    mu_long, sigma_long = moments(x[long], w[long])
    above = lognorm.cdf(x, sigma_long, scale=np.exp(mu_long)) * long
    models = {
        "lognormal": lognorm.cdf(x, sigma, scale=np.exp(mu)),
        "gamma": gamma.cdf(x, shape, scale=mean / shape),
        "short_lognormal": short * np.minimum(x / 10, 1) + (1 - short) * above,
    }
    found = {f"ks_{name}": float(np.abs(cdf - empirical)[last].max()) for name, cdf in models.items()}
    return found | {"short_share": short, "long_mu": mu_long, "long_sigma": sigma_long}


def service_facts(x: Floats, w: Floats) -> dict[str, object]:
    """Size, moments and fits of service times."""
    mean = float(np.average(x, weights=w))
    sd = float(np.sqrt(np.average((x - mean) ** 2, weights=w)))
    fits = distances(x, w)
    best = min((name for name in fits if name.startswith("ks_")), key=lambda name: fits[name])
    median = float(weighted_quantiles(x, w, np.array([0.5]))[0])
    moments = {"n": round(float(w.sum()), 1), "mean": mean, "sd": sd, "cv": sd / mean, "median": median}
    return {**moments, **fits, "nearest": best[3:]}


def kaplan_meier(waits: Floats, left: NDArray[np.bool_]) -> tuple[Floats, Floats, Ints]:
    """Times, survival and numbers at risk; who was answered is censored at the wait."""
    times, first = np.unique(np.sort(waits), return_index=True)
    at_risk = waits.size - first
    events = np.bincount(np.searchsorted(times, waits), weights=left.astype(np.float64), minlength=times.size)
    return (
        times.astype(np.float64),
        np.cumprod(1 - events / at_risk).astype(np.float64),
        at_risk.astype(np.int64),
    )


def survival_at(waits: Floats, left: NDArray[np.bool_], when: float) -> float:
    """Kaplan-Meier estimate of the share still patient after so many seconds."""
    times, survival, _ = kaplan_meier(waits, left)
    return float(survival[np.searchsorted(times, when, side="right") - 1])


def patience_table(waits: Floats, left: NDArray[np.bool_]) -> tuple[pd.DataFrame, float, float]:
    """Quantiles of patience, the last reliable time, and the hazard of the exponential that extends it."""
    times, survival, at_risk = kaplan_meier(waits, left)
    reliable = at_risk >= RELIABLE
    times, survival = times[reliable], survival[reliable]
    last = float(times[-1])
    exposure = np.clip(np.minimum(waits, last) - TAIL_FROM, 0, None).sum()
    hazard = float(left[(waits > TAIL_FROM) & (waits <= last)].sum() / exposure)
    reached, gone = 1 - float(survival[-1]), np.minimum(GRID, 0.9999)
    inside = np.interp(gone, np.r_[0.0, np.maximum.accumulate(1 - survival)], np.r_[0.0, times])
    values = np.where(gone <= reached, inside, last + np.log((1 - reached) / (1 - gone)) / hazard)
    return pd.DataFrame({"probability": GRID.round(4), "value": values.round(2)}), last, hazard


def log_rank(waits: Floats, left: NDArray[np.bool_], mine: NDArray[np.bool_]) -> float:
    """p-value that a group leaves like the others (log-rank test)."""
    times = np.unique(waits[left])
    at_risk, of_mine = ((g.size - np.searchsorted(np.sort(g), times)) for g in (waits, waits[mine]))
    events, own = ((g[:, None] == times).sum(axis=0) for g in (waits[left], waits[left & mine]))
    share = of_mine / at_risk
    variance = events * share * (1 - share) * (at_risk - events) / np.maximum(at_risk - 1, 1)
    return float(chi2.sf(float((own - events * share).sum() ** 2 / variance.sum()), 1))


def count_over_time(starts: Ints | pd.Series[int], ends: Ints | pd.Series[int]) -> Ints:
    """How many intervals cover each second of the month."""
    change = np.zeros(SECONDS + 1, dtype=np.int64)
    np.add.at(change, np.asarray(starts), 1)
    np.add.at(change, np.minimum(np.asarray(ends), SECONDS), -1)
    return np.cumsum(change)[:SECONDS]


def pick_ups(named: pd.DataFrame) -> Floats:
    """Seconds from an agent's call end to its next call, where that caller was already waiting at the end."""
    before = named.groupby("server")["end"].shift()
    gap = named["start"] - before
    return floats(gap[named["queued"] & (named["asked"] <= before) & (gap >= 0)])


def gap_at_most(limit: int) -> Bridge:
    """The plain rule: present between two calls at most so far apart."""
    return lambda end, start: start - end <= limit


def nobody_kept_waiting(waiting: NDArray[np.bool_], tolerance: float) -> Bridge:
    """The rule used: present between calls unless PS or PE callers waited there longer than `tolerance`."""
    waited = np.r_[0, np.cumsum(waiting)]

    def bridge(end: Ints, start: Ints) -> NDArray[np.bool_]:
        kept = waited[np.maximum(start, end)] - waited[end]
        return np.asarray((kept <= tolerance) & (start - end <= LONGEST_IDLE), dtype=np.bool_)

    return bridge


def presence(named: pd.DataFrame, bridge: Bridge, servers: Collection[str] | None = None) -> Ints:
    """Agents present each second: each agent's calls, joined where the rule says so."""
    total = np.zeros(SECONDS, dtype=np.int64)
    for server, own in named.groupby("server"):
        if servers is None or server in servers:
            start = own["start"].to_numpy(dtype=np.int64)
            end = np.minimum(np.maximum.accumulate(own["end"].to_numpy(dtype=np.int64)), SECONDS - 1)
            breaks = np.flatnonzero(~bridge(end[:-1], start[1:]))
            total += count_over_time(start[np.r_[0, breaks + 1]], end[np.r_[breaks, end.size - 1]])
    return total


def staffing_table(present: Ints, at_least: int) -> pd.DataFrame:
    """Mean agents by weekday and half hour in open hours, and in the half hour after closing."""
    mean = present[: DATES * DAY_SECONDS].reshape(WEEKS, 7, 48, SLOT).mean(axis=(0, 3))
    slots = [(day, slot) for day in OPEN for slot in range(OPEN[day][0], OPEN[day][1] + 1)]
    rows = [((day + slot // 48) % 7, slot % 48) for day, slot in slots]
    table = pd.DataFrame(rows, columns=["day", "slot"])
    present_there = mean[table["day"], table["slot"]]
    agents = np.maximum(at_least, np.floor(present_there + 0.5)).astype(np.int64)
    return slot_table(table.assign(agents=agents, mean_present=present_there.round(3)))


def slot_table(table: pd.DataFrame) -> pd.DataFrame:
    """Replace numbers of day and slot by `mon` and `HH:MM`, in the order of the week."""
    table = table.sort_values(["day", "slot"]).reset_index(drop=True)
    time = [f"{slot // 2:02d}:{slot % 2 * 30:02d}" for slot in table["slot"]]
    days = [DAYS[day] for day in table["day"]]
    return pd.concat([pd.DataFrame({"day": days, "time": time}), table.drop(columns=["day", "slot"])], axis=1)


def relative_rates(named: pd.DataFrame) -> pd.DataFrame:
    """Calls of each type an agent answered, over what the mix of the same half hours would have given."""
    mix = pd.crosstab(named["start"] // SLOT, named["type"], normalize="index")
    expected = mix.loc[named["start"] // SLOT].groupby(named["server"].to_numpy()).sum()
    return pd.crosstab(named["server"], named["type"]) / expected


def outcome_measures(calls: pd.DataFrame, weights: Floats) -> dict[str, float]:
    """Volume, abandonment, waits and service of some calls."""
    wait, answered = floats(calls["q_time"]), calls["answered"].to_numpy(dtype=bool)
    service, served = floats(calls["ser_time"])[answered], weights[answered]
    mean = float(np.average(service, weights=served))
    return {
        "calls": float(weights.sum()),
        "abandonment": float(weights[~answered].sum() / weights.sum()),
        "mean_wait": float(np.average(wait, weights=weights)),
        "mean_wait_answered": float(np.average(wait[answered], weights=served)),
        "mean_wait_abandoned": float(np.average(wait[~answered], weights=weights[~answered])),
        "answered_within_20s": float(np.average(answered & (wait <= 20), weights=weights)),
        "answered_at_once": float(np.average(~calls["queued"].to_numpy(dtype=bool), weights=weights)),
        "service_mean": mean,
        "service_sd": float(np.sqrt(np.average((service - mean) ** 2, weights=served))),
        "service_median": float(weighted_quantiles(service, served, np.array([0.5]))[0]),
    }


def day_factor_cv(calls: pd.DataFrame) -> float:
    """Variation of a day's volume beyond Poisson, around the mean of its weekday."""
    by_date = floats(calls.groupby("date_no").size().reindex(range(DATES), fill_value=0)).reshape(WEEKS, 7)
    mean = by_date.mean(axis=0)
    beyond = by_date.var(axis=0, ddof=1) - mean
    return float(np.sqrt(max(beyond.sum() / (mean**2).sum(), 0.0)))


def observed_table(calls: pd.DataFrame, members: pd.DataFrame, extra: dict[str, float]) -> pd.DataFrame:
    """All observed measures: whole, by weekday, by class."""
    rows: list[tuple[str, str, str, float]] = []
    groups = [("all", "all", calls.assign(weight=1.0), DATES)]
    groups += [("all", DAYS[d], calls[calls["day"] == d].assign(weight=1.0), WEEKS) for d in range(7)]
    groups += [(k, "all", members[members["klass"] == k], DATES) for k in CLASSES]
    for klass, day, some, dates in groups:
        found = outcome_measures(some, floats(some["weight"]))
        rows += [("calls_per_day", klass, day, found["calls"] / dates)]
        rows += [(name, klass, day, value) for name, value in found.items()]
    rows += [(name, "all", "all", value) for name, value in extra.items()]
    table = pd.DataFrame(rows, columns=["measure", "class", "day", "value"])
    return table.assign(value=table["value"].round(4))[["measure", "value", "class", "day"]]


def write_customers(members: pd.DataFrame, put: Callable[[str, pd.DataFrame], None]) -> None:
    """Volumes, service and patience by class, and the table of classes."""
    queued = members[members["queued"]]
    waits, left = floats(queued["q_time"]), ~queued["answered"].to_numpy(dtype=bool)
    put("patience_all", patience_table(waits, left)[0])
    services, classes = [], []
    for klass in CLASSES:
        own = members[members["klass"] == klass]
        volume = own[own["open"]].groupby(["day", "slot"])["weight"].sum() / WEEKS
        put(f"volumes_{klass}", slot_table(volume.round(4).reset_index(name="volume")))
        done = own[own["answered"]]
        x, w = floats(done["ser_time"]), floats(done["weight"])
        services.append({"class": klass} | service_facts(x, w))
        put(f"service_{klass}", quantile_table(x, w))
        mine = (queued["klass"] == klass).to_numpy(dtype=bool)
        table, reliable, hazard = patience_table(waits[mine], left[mine])
        if left[mine].sum() >= ENOUGH_LEFT:
            put(f"patience_{klass}", table)
        credit = queued[mine]["priority"].value_counts(normalize=True)
        classes.append({
            "class": klass, "types": "+".join(sorted(own["type"].unique())),
            "calls": round(own["weight"].sum(), 1), "queued": int(mine.sum()),
            **{f"share_credit_{90 * c}s": round(credit.get(c, 0.0), 3) for c in (0, 1, 2)},
            "left": int(left[mine].sum()), "patience_differs_p": f"{log_rank(waits, left, mine):.1g}",
            "patience_reliable_to": reliable, "tail_hazard_per_s": round(hazard, 5)})  # fmt: skip
    put("service", pd.DataFrame(services).round(4))
    put("classes", pd.DataFrame(classes))


def write_staffing(calls: pd.DataFrame, put: Callable[[str, pd.DataFrame], None]) -> dict[str, float]:
    """Staffing tables, wrap-up and who serves whom; returns what was measured on the way."""
    done = calls[calls["answered"]]
    named = done[done["server"] != NO_SERVER].sort_values(["server", "start", "end"])
    queue = calls[calls["queued"]]
    anybody, plain = (
        count_over_time(q["asked"], q["asked"] + q["q_time"]) > 0
        for q in (queue, queue[queue["known"].isna()])
    )
    busy = count_over_time(done["start"], done["end"])
    tolerance = float(np.quantile(prompt := pick_ups(named), 0.99))
    prompt = prompt[prompt <= tolerance]
    put("wrap_up", quantile_table(prompt, np.ones(prompt.size)))
    rule = nobody_kept_waiting(plain, tolerance)
    everybody = presence(named, rule)
    gaps = {gap: presence(named, gap_at_most(gap)) for gap in (0, 60, 90, 120, 300, 900)}
    rates = relative_rates(named)
    internet = set(rates.index[rates["IN"] >= 1])
    general = set(rates.index) - internet
    rosters = {
        "staffing": staffing_table(presence(named, rule, general), 1),
        "staffing_internet": staffing_table(presence(named, rule, internet), 0),
        "staffing_all": staffing_table(everybody, 1),
        "staffing_gap90": staffing_table(gaps[90], 1),
    }
    for name, roster in rosters.items():
        put(name, roster.drop(columns="mean_present"))
    means = {name: roster["mean_present"] for name, roster in rosters.items()}
    put("staffing_means", rosters["staffing"][["day", "time"]].assign(**means))
    pool = named["server"].isin(list(internet)).map({True: "internet", False: "general"})
    who = pd.crosstab(pool, named["type"]).rename_axis(index="pool")
    put("who_serves", who.assign(agents=[len(general), len(internet)]).reset_index())
    print("Rate at which an agent takes each type, over the mix of the same half hours (1 = like everybody):")
    print(rates.round(2).to_string(), f"\ninternet pool: {sorted(internet)}\n")
    return {
        "busy_while_anybody_waits": float(busy[anybody].mean()),
        "named_busy_while_anybody_waits": float(gaps[0][anybody].mean()),
        "present_while_anybody_waits": float(everybody[anybody].mean()),
        "hours_busy": busy.sum() / 3600, "hours_present": everybody.sum() / 3600,
        **{f"hours_present_gap_{gap}s": present.sum() / 3600 for gap, present in gaps.items() if gap},
        "pick_up_p99": tolerance, "pick_up_mean": float(prompt.mean()),
        "pick_up_median": float(np.median(prompt)),
        "share_of_time_anybody_waits": float(anybody.mean()),
    }  # fmt: skip


def main() -> None:
    """Read the log, write the facts, print a summary."""
    parser = argparse.ArgumentParser(description="Derive the facts of the bank scenario from the log.")
    parser.add_argument("log", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "facts")
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)

    def put(name: str, table: pd.DataFrame) -> None:
        table.to_csv(out / f"{name}.csv", index=False)

    calls = read_calls(arguments.log)
    members = with_classes(calls)
    write_customers(members, put)
    in_voice_unit = floats(calls["vru_time"][calls["vru_time"] >= 0])
    put("vru", quantile_table(in_voice_unit, np.ones(in_voice_unit.size)))
    extra = write_staffing(calls, put)
    waits, left = floats(calls["q_time"]), ~calls["answered"].to_numpy(dtype=bool)
    extra |= {f"patience_survival_{t}s": survival_at(waits, left, t) for t in (60, 120, 300)}
    extra |= {"day_factor_cv": day_factor_cv(calls),
              "calls_outside_open_hours": float((~calls["open"]).sum()),
              "service_under_10s": float((calls["ser_time"][calls["answered"]] < 10).mean())}  # fmt: skip
    put("observed", observed_table(calls, members, extra))
    for name in ("classes", "service", "who_serves"):
        print(f"{name}:\n{pd.read_csv(out / f'{name}.csv').round(3).to_string()}\n")
    seen = pd.read_csv(out / "observed.csv")
    some = seen["measure"].isin(["calls_per_day", "abandonment", "mean_wait", "answered_within_20s"])
    print(seen[(seen["class"] + seen["day"]) == "allall"][["measure", "value"]].to_string(index=False), "\n")
    print(seen[some].pivot(index=["class", "day"], columns="measure", values="value").round(3).to_string())


if __name__ == "__main__":
    main()
