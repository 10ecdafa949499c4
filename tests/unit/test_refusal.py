"""Refusals: the nearest right word."""

import pytest

from opioidsim.refusal import nearest


@pytest.mark.parametrize(
    ("word", "allowed", "sentence"),
    [
        ("oraly", ["nasal", "oral"], ' Did you mean "oral"?'),
        ("ORAL", ["nasal", "oral"], ' Did you mean "oral"?'),
        ("V11", ["CL", "V1"], ' Did you mean "V1"?'),
        ("cl", ["CL", "V1"], ' Did you mean "CL"?'),
        ("xyz", ["oral", "nasal"], " Allowed: nasal, oral."),
        ("xyz", [], ""),
    ],
)
def test_the_nearest_word_or_all_words_are_offered(word, allowed, sentence):
    assert nearest(word, allowed) == sentence
