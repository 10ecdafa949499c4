"""Works out every state of the story's figures and stores them with the package. `make story` runs it: some minutes."""

import sys
import time

from opioidsim import story
from opioidsim.story import shipped


def main() -> None:
    """Every chapter, or those named by their slugs; with --stale only those whose facts, equations or figure have changed."""
    named = [arg for arg in sys.argv[1:] if not arg.startswith("-")]
    stale = shipped.stale() if "--stale" in sys.argv else None
    for chapter in story.chapters():
        if (named and chapter.slug not in named) or (stale is not None and chapter.slug not in stale):
            continue
        begun = time.monotonic()
        found = [(values, story.worked_out(chapter.slug, values)) for values in story.states(chapter)]
        shipped.store(chapter, found)
        print(f"{chapter.slug}: {len(found)} states, {time.monotonic() - begun:.0f} s", flush=True)
    if (not named or "field" in named) and (stale is None or "field" in stale):
        shipped.store_field()
        print("field", flush=True)


if __name__ == "__main__":
    main()
