"""What compare, sweep and study have in common: their options, and having a study run and reported."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .group import DONE, KEPT, MISSED, as_typed, drop_stdout
from .options import console, json_option, load_scenario, many
from .progress import watch

if TYPE_CHECKING:
    from ..scenario import Scenario
    from ..show.comparison import View
    from ..study import Comparison, Study, Wanted

__all__ = ["How", "conduct", "extent_of", "extent_options", "families", "load_all", "view_of", "view_options"]

MOST = 1000  # replications at the most, unless told otherwise
Command = TypeVar("Command", bound=Callable[..., Any])


def extent_options(command: Command) -> Command:
    """Give a command the options that say how many replications are run, and what for."""
    options = (
        click.option(
            "--reps",
            type=click.IntRange(1, 1_000_000),
            default=20,
            show_default=True,
            help="Replications of each scenario; with --precision or --select, of the first stage.",
        ),
        click.option(
            "--precision",
            multiple=True,
            metavar="WANT",
            help="As many replications as this takes: 2% of every mean that a target judges, or of one measure, like "
            "service_level=0.5pp or 'asa queue:phone=5 s'. Can be repeated.",
        ),
        click.option(
            "--select",
            metavar="MEASURE",
            help="Pick the best by this measure, like cost or 'asa queue:phone', with --indifference.",
        ),
        click.option(
            "--indifference",
            metavar="AMOUNT",
            help="The smallest difference that matters for --select: 50, 5 s, 0.5pp.",
        ),
        click.option(
            "--confidence",
            default="95%",
            show_default=True,
            help="Probability that --select picks the best, or one within the indifference.",
        ),
        click.option(
            "--max-reps",
            type=click.IntRange(2, 1_000_000),
            default=MOST,
            show_default=True,
            help="Replications of each scenario at the most, with --precision or --select.",
        ),
    )
    return many(command, options)


def view_options(command: Command) -> Command:
    """Give a command the options that say what is printed and kept of a comparison."""
    options = (
        click.option(
            "--measure",
            "measures",
            multiple=True,
            help="Show the differences of this measure. Can be repeated.",
        ),
        click.option(
            "--scope", "scopes", multiple=True, help="Show the differences of this scope, like queue:phone."
        ),
        click.option(
            "--period",
            default="run",
            show_default=True,
            help="Show the differences of this period: run, a day or the start of an interval.",
        ),
        click.option("--all", "everything", is_flag=True, help="Show every measure that surely differs."),
        click.option(
            "--best",
            default="",
            metavar="MEASURE",
            help="Compare each with the best by a measure, like cost.",
        ),
        click.option(
            "--out",
            type=click.Path(path_type=Path),
            help="Keep finished replications and the result in this folder; the same command goes on there.",
        ),
        click.option(
            "--force", is_flag=True, help="Replace the result that the folder holds of another study."
        ),
        json_option("comparison"),
        click.option(
            "--fail-on-miss",
            is_flag=True,
            help="Exit with status 1 where no scenario but the base keeps all targets.",
        ),
        click.option("--quiet", "-q", is_flag=True, help="Print no comparison and no progress."),
    )
    return many(command, options)


@dataclass(frozen=True)
class How:
    """How a study is run and what becomes of its comparison; each is an option of the same name."""

    engine: str
    jobs: int | None
    cluster: str | None
    out: Path | None
    force: bool
    as_json: bool
    fail_on_miss: bool
    quiet: bool

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> How:
        """Take what belongs here out of all options."""
        return cls(**{field.name: options[field.name] for field in fields(cls)})


def load_all(
    files: Sequence[Path], assignments: tuple[str, ...], allow_outside: bool
) -> tuple[Scenario, ...]:
    """Load scenarios with the same changes. Raises InputError with the problems of all files."""
    from ..errors import InputError, Problem

    found: list[Scenario] = []
    problems: list[Problem] = []
    for file in files:
        try:
            found.append(load_scenario(file, assignments, allow_outside))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tuple(found)


# --- what the words ask for --------------------------------------------------------------------------------


def extent_of(scenarios: dict[str, Scenario], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a Study that say how many replications are run, and what for.

    Raises UsageError where words do not go together, InputError where they name what is not there.
    """
    reps, max_reps = options["reps"], options["max_reps"]
    precision, select, indifference = options["precision"], options["select"], options["indifference"]
    if precision and select:
        raise click.UsageError(
            "--precision and --select do not go together: each decides how many replications"
        )
    if indifference and not select:
        raise click.UsageError("--indifference belongs to --select")
    if select and not indifference:
        raise click.UsageError("--select needs --indifference, the smallest difference that matters")
    if (precision or select) and not 2 <= reps <= max_reps:
        raise click.UsageError(f"--reps is {reps}: the first stage takes from 2 to --max-reps, {max_reps}")
    found: dict[str, Any] = {"reps": reps, "most": max_reps}
    if precision:
        from ..study.precision import parse_precision

        found["precision"] = ",".join(precision)
        parse_precision(found["precision"], scenarios)
    if select:
        found["select"] = _selection(select, indifference, options["confidence"], scenarios)
    return found


def _selection(select: str, indifference: str, confidence: str, scenarios: dict[str, Scenario]) -> Wanted:
    """Read what is the best."""
    from ..study import Wanted
    from ..study.amounts import parse_amount
    from ..units import parse_share

    if len(scenarios) < 2:
        raise click.UsageError("--select: there is one scenario alone; to pick the best takes two or more")
    measure, scope = _named("--select", select, scenarios, judged=True)
    try:
        sure = parse_share(confidence)
    except ValueError as error:
        raise click.UsageError(f"--confidence: {error}") from None
    if not 0.5 < sure < 1:
        raise click.UsageError(f"--confidence is {confidence}: must be above 50% and below 100%")
    try:
        amount = parse_amount(measure, indifference)
    except ValueError as error:
        raise click.UsageError(f"--indifference: {error}") from None
    return Wanted(measure.name, amount, scope, sure)


def _named(option: str, words: str, scenarios: dict[str, Scenario], *, judged: bool = False) -> Any:
    """Return the measure and the scope that words like `asa queue:phone` name. Raises InputError."""
    from ..errors import InputError, Problem
    from ..study.amounts import check_scope, measure_of

    name, _, scope = words.strip().partition(" ")
    try:
        measure, scope = measure_of(name), scope.strip() or "total"
        check_scope(measure, scope, scenarios)
        if judged and not measure.better:
            raise ValueError(f"of {name} neither more nor less is better; name another measure")
    except ValueError as error:
        raise InputError([Problem("", 0, 0, option, str(error))]) from None
    return measure, scope


def view_of(scenarios: dict[str, Scenario], base: str, options: Mapping[str, Any]) -> View:
    """Return what is to be shown. Raises InputError with everything that names what is not there."""
    from ..errors import InputError, Problem, did_you_mean, listed
    from ..measure import layout_of
    from ..network import build
    from ..show.comparison import View

    measures, scopes, period, best = (options[key] for key in ("measures", "scopes", "period", "best"))
    index = layout_of(build(scenarios[base].model), scenarios[base].model).index
    problems = []
    for option, column, words in (
        ("--measure", "measure", measures),
        ("--scope", "scope", scopes),
        ("--period", "period", (period,)),
    ):
        known = [str(name) for name in index[column].unique()]
        for word in words:
            if word not in known:
                hint = did_you_mean(word, known) or f"; there are {listed(known)}"
                problems.append(Problem("", 0, 0, option, f"no {column} {word!r}{hint}"))
    if problems:
        raise InputError(problems)
    if best:
        measure, scope = _named("--best", best, scenarios, judged=True)
        if len(scenarios) < 2:
            raise click.UsageError("--best: there is one scenario alone")
        best = f"{measure.name} {scope}".removesuffix(" total")
    return View(measures, scopes, period, options["everything"], best)


def families(view: View, usual: tuple[str, ...]) -> tuple[str, ...]:
    """Return the families of periods to measure: the usual ones and that of the period to be shown."""
    family = "run" if view.period == "run" else "day" if len(view.period) == len("2026-03-02") else "interval"
    return tuple(name for name in ("run", "day", "interval") if name in (*usual, family))


# --- having it run -----------------------------------------------------------------------------------------


def conduct(study: Study, view: View, how: How) -> int:
    """Run a study, print its comparison and return the exit status."""
    if how.force and how.out is None:
        raise click.UsageError("--force belongs to --out")
    comparison = _run(study, how)
    try:
        _report(comparison, view, how)
    except BrokenPipeError:
        drop_stdout()  # the reader has gone, but the verdict stands
    if how.out is not None and not how.quiet:
        click.echo(f"written to {how.out}", err=True)
    return MISSED if how.fail_on_miss and not _some_keeps(comparison) else DONE


def _run(study: Study, how: How) -> Comparison:
    """Run a study; who ends it early is told what is kept."""
    meta = click.get_current_context().meta
    meta[KEPT] = lambda: _kept(study, how.out)
    if how.out is not None:
        _look_at_folder(study, how.out, overwrite=how.force, quiet=how.quiet)
    with watch(how.quiet) as progress:
        comparison = study.run(
            how.out,
            engine=how.engine,
            jobs=how.jobs,
            cluster=how.cluster,
            overwrite=how.force,
            command=as_typed(),
            progress=progress,
        )
    del meta[KEPT]
    return comparison


def _look_at_folder(study: Study, out: Path, *, overwrite: bool, quiet: bool) -> None:
    """Check that the study may work in the folder, and tell what is there. Raises InputError."""
    from ..study.folder import check_study_folder
    from ..study.runs import kept, stand

    check_study_folder(out, study.definition(), overwrite=overwrite)
    done, wanted = kept(out, study)
    if done and not quiet:
        click.echo(f"{stand(done, wanted)} are there already", err=True)


def _kept(study: Study, out: Path | None) -> str:
    """Return what a run that ends early leaves behind."""
    from ..study.runs import kept, stand

    if out is None:
        return "nothing is kept (with --out DIR finished replications are, and the same command goes on)"
    done, wanted = kept(out, study)
    if not done:
        return "no replication was finished yet"
    return f"{stand(done, wanted)} are kept in {out}; the same command goes on"


def _report(comparison: Comparison, view: View, how: How) -> None:
    """Print the comparison to stdout: for machines, for people, or not at all."""
    if how.as_json:
        click.echo(json.dumps(comparison.summary(), ensure_ascii=False, allow_nan=False, indent=1))
    elif not how.quiet:
        from ..show.comparison import print_comparison
        from ..show.futures import print_futures

        screen = console()
        print_comparison(comparison, screen, view)
        print_futures(comparison, screen)


def _some_keeps(comparison: Comparison) -> bool:
    """Tell whether a scenario other than the base, or the only one, keeps all targets by the mean."""
    numbers = comparison.others or [comparison.base]
    return any(comparison.results[number].all_met for number in numbers)
