"""What a user gets instead of a traceback: one sentence that says what to change."""

from difflib import get_close_matches


class Refusal(ValueError):
    """Input that cannot be used. The message is a sentence: what was given, what is allowed, the remedy."""


def nearest(word: str, allowed) -> str:
    """' Did you mean "x"?' for the allowed word nearest to `word`; otherwise the allowed words."""
    allowed = sorted(map(str, allowed))
    close = get_close_matches(str(word).lower(), allowed, n=1, cutoff=0.6)
    if close:
        return f' Did you mean "{close[0]}"?'
    return f" Allowed: {', '.join(allowed)}." if allowed else ""


def first_error(error, what: str) -> Refusal:
    """The first complaint of a pydantic ValidationError as a sentence about `what` (a file or a table)."""
    complaint = error.errors()[0]
    place = ".".join(str(part) for part in complaint["loc"])
    match complaint["type"]:
        case "extra_forbidden":
            known = complaint.get("ctx", {}).get("known", ())
            return Refusal(f'{what}: "{place}" is not a key that belongs here.{nearest(place, known) if known else ""}')
        case "missing":
            return Refusal(f'{what}: "{place}" is missing.')
        case "value_error":
            reason = str(complaint["ctx"]["error"])
            return Refusal(f"{what}: {place + ': ' if place else ''}{reason}")
        case _:
            return Refusal(f'{what}: "{place}" is {complaint["input"]!r}; {complaint["msg"][:1].lower()}{complaint["msg"][1:]}.')
