"""Where files of facts lie: the package's library, and one's own beside it.

One's own folder has the same folders: drugs, studies, scenarios, trials, costs, found, and a sources.toml where it has sources. The environment
says which it is, so that other processes of the same call know it too.
"""

import os
from pathlib import Path

from opioidsim.refusal import Refusal, nearest, shown

LIBRARY = Path(__file__).parents[1] / "library"
KINDS = ("drugs", "studies", "scenarios", "trials", "costs", "found")
PLACE = "OPIOIDSIM_LIBRARY"


def own() -> Path | None:
    """One's own library; None where there is none."""
    folder = os.environ.get(PLACE)
    return Path(folder) if folder else None


def use(folder: Path | None) -> None:
    """From now on this is one's own library. What was read before stays what it was: see `catalogue.Library`."""
    os.environ.pop(PLACE, None)
    if folder is not None:
        if not folder.is_dir():
            raise Refusal(f'there is no folder "{folder}"; make it with  opioidsim --library {folder} new drug NAME.')
        os.environ[PLACE] = str(folder.resolve())


def files(kind: str) -> dict[str, Path]:
    """The files of a kind by name, the package's and one's own. Refuses an own one that takes the name of the package's."""
    found = {path.stem: path for path in (LIBRARY / kind).glob("*.toml")}
    folder = own()
    for path in sorted((folder / kind).glob("*.toml")) if folder else ():
        if path.stem in found:
            raise Refusal(f'"{path}" has the name of a file of the package; give it another.')
        found[path.stem] = path
    return dict(sorted(found.items()))


def chosen(given: Path | str, kind: str, called: str, where: str = "") -> Path:
    """The file at a path, or of this kind by its name. called: what such a file is; where: the parameter that it is given in.

    Raises Refusal where there is none, with the nearest name.
    """
    path = Path(given)
    if not there(path) and path.suffix in ("", ".toml"):
        path = files(kind).get(path.stem, path)
    if not there(path):
        raise Refusal(f'there is no {called} "{shown(str(given))}".{nearest(path.stem, files(kind))}', where=where)
    return path


def there(path: Path) -> bool:
    """Whether there is such a file; a name that no file can have is not there."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
