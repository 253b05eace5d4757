"""Cases as a load: begun by a schedule whatever becomes of them (open loop), on shared links, counted, not kept."""

from saklar.network_sim.scenario.load.loading import LoadProgress, play_load
from saklar.network_sim.scenario.load.plan import Load
from saklar.network_sim.scenario.load.result import LoadResult

__all__ = ["Load", "LoadProgress", "LoadResult", "play_load"]
