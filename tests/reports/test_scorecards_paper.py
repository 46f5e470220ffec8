"""Scorecards on paper: asked for by who may see the page, drawn from the same lines (REP-2)."""

import io

import pytest
from pypdf import PdfReader

from ledger.rules.refusals import Invalid
from reports.paper_kinds import kind_of
from tests.governance.pages import AT
from tests.registry import factories as registry
from tests.telemetry.factory import measured, row, take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]


@pytest.fixture
def system():
    made = measured(name="Claims approval")
    take([row(made, value, day=day) for day, value in enumerate((0.95, 0.5, 0.4, 0.3))])
    return made


def test_the_paper_says_what_it_is_of_and_where_its_page_stands(system):
    kind = kind_of("scorecard")

    paper = kind.check({"view": "leadership", "system": system.slug}, system.owner, AT)

    assert paper.file_name == f"scorecards-leadership-{system.slug}"
    assert paper.back == f"/scorecards/?view=leadership&system={system.slug}"


@pytest.mark.parametrize(
    "query", [{"view": "nobody"}, {"unit": "x"}, {"colour": "red"}, {"as_of": "soon"}]
)
def test_a_query_that_names_no_scorecards_is_refused(system, query):
    with pytest.raises(Invalid):
        kind_of("scorecard").check(query, system.owner, AT)


@pytest.mark.full
def test_the_paper_is_tagged_and_holds_the_lines_of_who_asked(system):
    other = measured(name="Motor pricing")
    take([row(other, 0.1, day=day) for day in range(3)])

    drawn = kind_of("scorecard").draw({}, system.owner, AT)

    reader = PdfReader(io.BytesIO(drawn.content))
    text = "\n".join(page.extract_text() for page in reader.pages)
    assert "/StructTreeRoot" in reader.trailer["/Root"]
    assert "Lagging" in [one.title for one in reader.outline if not isinstance(one, list)]
    assert "30.0 %" in text.replace("\xa0", " ")
    assert "Critical" in text
    assert "Motor pricing" not in text


def test_a_door_takes_the_request_of_who_is_signed_in(client, system):
    registry.sign_in(client, system.owner)

    asked = client.post("/papers/scorecard/", {"view": "operations"})

    assert asked.status_code == 302
    assert client.get(asked["Location"]).status_code == 200
