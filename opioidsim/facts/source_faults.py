"""What is wrong with the sources: what others could not find again, or does not agree with itself."""

import re

from opioidsim.facts.evidence import READ, Source, sources

_PLACEHOLDER = ("descriptive", "placeholder", "title unknown", "no title", "untitled")
_DOI = re.compile(r"10\.\d{4,9}/[-._;()/:a-zA-Z0-9]+")
_ISSUE = re.compile(r"\([^)]*\)")
_PAGES = re.compile(r"\d(\([^)]*\))?( Suppl \d+)?:\w?\d")  # after a volume, as in 123(1-3):57-65
_YEAR_IN_KEY = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_YEAR_IN_DOI = re.compile(r"[./]((?:19|20)\d\d)\.")  # of the first appearance, at most a year or so before the volume's


def source_faults() -> list[str]:
    """What is wrong with the sources, as sentences: what cannot be found again, or does not agree with itself."""
    found: list[str] = []
    taken: dict[str, str] = {}
    for key, source in sources().items():
        said = _faults_of(key, source)
        for mark in filter(None, (source.doi.lower(), source.pmid)):
            if (first := taken.setdefault(mark, key)) != key:
                said.append(f"{mark} is what {first} gives already.")
        found += [f"sources.toml, {key}: {sentence}" for sentence in said]
    return found


def _faults_of(key: str, source: Source) -> list[str]:
    """What is wrong with one source by itself, without its name."""
    said: list[str] = []
    if not (source.doi or source.pmid or source.number or _PAGES.search(source.in_)):
        said.append("give a doi, a pmid, the number of the document, or volume and pages (doi, pmid, number, in).")
    if source.number and _ISSUE.sub("", source.number) == _ISSUE.sub("", source.in_):
        said.append("its `number` says again where it appeared; leave it out.")
    if any(word in source.title.lower() for word in _PLACEHOLDER):
        said.append("give the title as published; where it is not sure, add title_confirmed = false.")
    if not source.read_in:
        said.append(f"say in `read_in` how its numbers were seen: {', '.join(READ)}.")
    if source.doi and not _DOI.fullmatch(source.doi):
        said.append(f'"{source.doi}" is no DOI, which begins with 10., a number of at least four figures and a stroke.')
    if source.pmid and not (source.pmid.isdecimal() and len(source.pmid) <= 8):
        said.append(f'"{source.pmid}" is no PMID, which has at most eight figures and nothing else.')
    if (years := _YEAR_IN_KEY.findall(key)) and str(source.year) not in years:
        said.append(f"its key says {years[0]}, its year is {source.year}.")
    said += [f"its DOI says {year}, its year is {source.year}."
             for year in _YEAR_IN_DOI.findall(source.doi) if abs(int(year) - source.year) > 1]  # fmt: skip
    return said
