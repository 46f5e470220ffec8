"""Where the law's data were never loaded, a pack says so (GOV-3: unknown is never good)."""

import pytest

from reports.collectors.frameworks import collect_frameworks
from reports.selectors.packs import scope_of
from tests.reports import packing, story

pytestmark = pytest.mark.django_db


def test_a_framework_whose_provisions_are_not_loaded_is_a_gap_and_no_empty_folder():
    made = story.closed_story()

    judged = collect_frameworks(scope_of(packing.asked(made, kind="eu_ai_act")))

    assert judged.along == []
    assert [one.state for one in judged.lacking] == ["critical"]
    assert "EU AI Act are not loaded" in judged.lacking[0].lack
