"""Marks say what they are given in the reader's language: a sentence of ours keeps its parts."""

import pytest
from django.template import Context, Template

from ledger.rules.worded import term, worded
from outbox.languages import speaking

ENDS = worded("{word}, ends soon", word=term("Valid"))
COUNTED = worded("{count} of {total} KPIs {standing}", count=1, total=3, standing=term("critical"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (ENDS, {"en": "Valid, ends soon", "de": "Gültig, endet bald"}),
        (COUNTED, {"en": "1 of 3 KPIs critical", "de": "1 von 3 KPIs: kritisch"}),
    ],
)
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_standing_is_said_in_the_language_of_its_reader(words, said, language):
    with speaking(language):
        shown = Template("{% load show %}{% status 'warning' words %}").render(
            Context({"words": words})
        )

    assert f"{said[language]}</span>" in shown
