"""Works out the risk surfaces that come with the package and stores them. `make surfaces` runs it; minutes for each."""

import sys
import time

from opioidsim.surfaces import grid

PEOPLE, SEED = {"iv": 64, "oral": 40}, 1  # after a tablet an episode takes four times as long
FEW = 24  # where it takes hours


def main() -> None:
    """Every surface, or those named: OPIOID_ROUTE."""
    for opioid, route in grid.LENGTH:
        if sys.argv[1:] and f"{opioid}_{route}" not in sys.argv[1:]:
            continue
        begun, people = time.monotonic(), FEW if opioid in grid.SLOW else PEOPLE[route]
        found = grid.worked_out(opioid, route, people, SEED)
        error = grid.off_the_grid(opioid, route, found, people, SEED)
        grid.store(opioid, route, found, error, people, SEED)
        print(
            f"{opioid} {route}: {time.monotonic() - begun:.0f} s; off by {error} octaves between grid points",
            flush=True,
        )


if __name__ == "__main__":
    main()
