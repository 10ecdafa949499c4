"""What a user gets instead of a traceback: one sentence that says what to change."""

from difflib import get_close_matches


class Refusal(ValueError):
    """Input that cannot be used. The message is a sentence: what was given, what is allowed, the remedy.

    where: the parameter or field that it is about, if it is about one.
    """

    def __init__(self, sentence: str, where: str = ""):
        super().__init__(sentence)
        self.sentence, self.where = sentence, where

    def __str__(self) -> str:
        return f"{self.where}: {self.sentence}" if self.where else self.sentence


def nearest(word: str, allowed) -> str:
    """' Did you mean "x"?' for the allowed word nearest to `word`; otherwise the allowed words."""
    allowed = sorted(map(str, allowed))
    spelled = {each.lower(): each for each in allowed}
    close = get_close_matches(str(word).lower(), spelled, n=1, cutoff=0.6)
    if close:
        return f' Did you mean "{spelled[close[0]]}"?'
    return f" Allowed: {', '.join(allowed)}." if allowed else ""
