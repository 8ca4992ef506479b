"""Random draws: keyed uniforms and quantile functions, one compiled implementation for both engines.

``kernel`` holds the compiled scalar functions, ``distributions`` the parameters and their layout in arrays.
"""

from servsim.draws.distributions import Distribution, Packed, pack, stream_hash
from servsim.draws.kernel import combine, quantile, stream_key, uniform

__all__ = ["Distribution", "Packed", "combine", "pack", "quantile", "stream_hash", "stream_key", "uniform"]
