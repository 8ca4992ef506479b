"""Statistics of independent replications: intervals, comparisons, stopping, ranking, warm-up, batches.

One module a subject, pure functions of arrays, nothing of servsim but these. NaN means "this replication has
no such measure" everywhere. Values of one replication are not independent of each other: what these functions
take is one value a replication, except in ``warmup`` and ``batches``, which look inside one.

``intervals``: Student's t, paired, and Wilson's score interval of a share. ``simultaneous``: many statements
that hold together. ``stopping``: how many replications a wanted precision takes. ``ranking``: the best of many
systems with as few replications as it takes. ``warmup``: where the steady state begins. ``batches``: an
interval from one long run. ``effects``: what common random numbers gain; a ratio of means.
"""

from servsim.stats.batches import BatchInterval, batch_interval
from servsim.stats.checks import Better
from servsim.stats.effects import Ratio, ratio_interval, variance_ratio
from servsim.stats.intervals import (
    Bounds,
    Interval,
    Intervals,
    mean_interval,
    mean_intervals,
    normal_score,
    paired_interval,
    wilson,
)
from servsim.stats.ranking import Selection
from servsim.stats.simultaneous import WithTheBest, bonferroni, with_the_best
from servsim.stats.stopping import (
    UNREACHABLE,
    relative_half_width,
    two_stage_interval,
    wanted_replications,
)
from servsim.stats.warmup import Truncation, mser, welch

__all__ = ["UNREACHABLE", "BatchInterval", "Better", "Bounds", "Interval", "Intervals", "Selection"]
__all__ += ["Ratio", "Truncation", "WithTheBest", "batch_interval", "bonferroni", "mean_interval"]
__all__ += [
    "mean_intervals",
    "mser",
    "normal_score",
    "paired_interval",
    "ratio_interval",
    "relative_half_width",
    "two_stage_interval",
    "variance_ratio",
]
__all__ += ["wanted_replications", "welch", "wilson", "with_the_best"]
