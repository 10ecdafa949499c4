"""Works out the risk surfaces that come with the package and stores them. `make surfaces` runs it; minutes for each."""

import sys
import time

from opioidsim import risk_grid

PEOPLE, SEED = 100, 1


def main() -> None:
    """Every surface, or those named: OPIOID_ROUTE."""
    for opioid, route in risk_grid.LENGTH:
        if sys.argv[1:] and f"{opioid}_{route}" not in sys.argv[1:]:
            continue
        begun = time.monotonic()
        found = risk_grid.worked_out(opioid, route, PEOPLE, SEED)
        error = risk_grid.off_the_grid(opioid, route, found, PEOPLE, SEED)
        risk_grid.store(opioid, route, found, error, PEOPLE, SEED)
        print(
            f"{opioid} {route}: {time.monotonic() - begun:.0f} s; off by {error} octaves between grid points",
            flush=True,
        )


if __name__ == "__main__":
    main()
