"""The papers of a meeting in one PDF (INC-4): what is in them, for whom, on which agenda."""

import datetime as dt
import hashlib
import io

import pytest
from django.conf import settings as configured
from pypdf import PdfReader

from governance.models import BreachCause, Decision
from governance.selectors.agendas import agenda_as_it_stands
from governance.selectors.pages import meeting_papers as gathered
from governance.selectors.pages.meeting_papers import meeting_papers
from governance.services.agendas import Item, add_item, note_item
from governance.services.meetings import open_meeting
from incidents.models import Incident
from incidents.rules.transitions import CLOSED
from incidents.services.notes import write_note
from ledger.models import Entry
from outbox import clock
from reports.models import Printout
from reports.render.meeting_papers import PAPERS, html_of
from reports.render.pdf import Pdf
from reports.services.printouts import KEPT, make_waiting, remove_old
from tests.governance.meetings import START, item_of, meeting
from tests.governance.organisation import AT, decided, moved, organised, vote
from tests.governance.pages import readings
from tests.governance.rounds import HOUR, by
from tests.incidents import factory as cases
from tests.net import told

pytestmark = pytest.mark.django_db
DRAWN = Pdf(content=b"%PDF-1.7 papers", pages=7)


@pytest.fixture(autouse=True)
def _standing_clock(_story_clock):
    clock.shift(dt.timedelta(0))
    clock.shift(AT - clock.now())


@pytest.fixture
def of():
    """An organisation at medium tier whose KPI has readings."""
    made = organised()
    readings(made.house.series, *([0.97] * 8), 0.96, 0.91, 0.85)
    return made


@pytest.fixture
def convened(of):
    """A meeting to come with a motion and an item without one."""
    draft = moved(of, decided(of), conditions=[{"text": "A fairness run first", "due": "30d"}])
    row = meeting(of, draft, ("free", "Any other business"))
    return row, Decision.objects.get(pk=draft.pk)


@pytest.fixture
def client_of(client):
    def signed_in(user):
        client.force_login(user, backend=configured.AUTHENTICATION_BACKENDS[-1])
        return client

    return signed_in


def printed(row, reader, at=AT):
    """The markup of somebody's papers."""
    return html_of(meeting_papers(meeting=row, reader=reader, at=at))


def test_the_cover_tells_the_body_the_quorum_rule_and_the_agenda_with_its_pages(of, convened):
    row, decision = convened

    text = printed(row, of.chair)

    assert of.committee.name in text
    assert "more than half of the electorate" in text
    assert f'<a href="#item-1">{decision.title}</a>' in text
    assert '<a class="toc__page" href="#item-2"></a>' in text
    assert agenda_as_it_stands(row).sha256 in text


def test_a_motion_stands_there_with_what_it_rests_on(of, convened):
    row, decision = convened

    text = printed(row, of.chair)

    assert decision.motion_sha256 in text
    assert "Claims approval is rolled back to version 2.2." in text
    assert "A fairness run first" in text
    assert "Proof: measured: accuracy above 0.95" in text
    assert "<svg" in text
    assert "Owner’s findings, as signed" in text
    assert "Validation: compliance" in text
    assert "No closed case that you may see breached the same KPI." in text


def test_nobodys_vote_is_in_them_and_notes_are_counted_alone(of, convened):
    row, decision = convened
    by(of.house.compliance, write_note, incident_id=decision.incident_id, text="Counsel says.",
       at=AT)  # fmt: skip
    by(of.house.secretary, open_meeting, meeting_id=row.pk, at=START)
    vote(decision, of.members[1], "against", reason="Too soon.", at=START)

    text = printed(row, of.members[1], START + HOUR)

    assert "Too soon." not in text
    assert "0 against" not in text
    assert "Counsel says." not in text
    assert "Withheld: 1 privileged note on this case" in text


def test_a_case_that_the_reader_may_not_see_is_a_named_gap(of, convened, monkeypatch):
    row, decision = convened
    monkeypatch.setattr(gathered, "incidents_visible_to", lambda user, at: Incident.objects.none())

    text = printed(row, of.chair)

    assert "This item is left out of this copy" in text
    assert "1 item is left out of this copy: item 1." in text
    assert decision.title not in text
    assert decision.motion_sha256 not in text


@told
def tied(of, incident):
    """Tie a case to the organisation's series, as a breach of it."""
    with cases.acting_as(cases.SETUP):
        BreachCause.objects.create(
            incident=incident,
            standing=of.standing,
            threshold_version=of.threshold,
            window_end=AT,
            joined_at=AT,
        )


def test_similar_cases_tell_what_was_done_and_whether_it_helped(of):
    incident = decided(of)
    draft = moved(of, incident)
    earlier = cases.bring(of.house, CLOSED)
    tied(of, earlier)

    text = printed(meeting(of, draft), of.house.compliance)

    row = text[text.index("<h3>Similar cases</h3>") :].partition("</table>")[0]
    assert earlier.number in row
    assert "Roll" in row
    assert "it helped" in row


def test_a_note_changes_no_agenda_and_another_item_does(of, convened):
    row, decision = convened
    first = agenda_as_it_stands(row)
    by(of.house.secretary, add_item, meeting_id=row.pk, item=Item("free", title="Budget"),
       at=AT + HOUR)  # fmt: skip
    second = agenda_as_it_stands(row)
    by(of.house.secretary, open_meeting, meeting_id=row.pk, at=START)

    by(of.house.secretary, note_item, item_id=item_of(decision).pk, note="Heard.", at=START)

    assert (first.changed_at, second.changed_at) == (AT, AT + HOUR)
    assert first.sha256 != second.sha256
    assert agenda_as_it_stands(row) == second


def test_they_are_asked_for_drawn_and_downloaded_and_say_when_the_agenda_changed(
    of, convened, client_of, monkeypatch
):
    row, _ = convened
    monkeypatch.setattr("reports.render.meeting_papers.to_pdf", lambda markup, name: DRAWN)
    client = client_of(of.chair)
    page = client.post("/papers/papers/", {"number": row.number})["Location"]
    make_waiting(AT)
    fresh = client.get(page).content.decode()
    file = client.get(f"{page}file")
    by(of.house.secretary, add_item, meeting_id=row.pk, item=Item("free", title="Budget"),
       at=AT + HOUR)  # fmt: skip

    behind = client.get(page).content.decode()
    listed = client.get(f"/meetings/{row.number}/papers/").content.decode()

    assert b"".join(file.streaming_content) == DRAWN.content
    assert "on the agenda as it stands" in fresh
    assert "; the agenda changed at " in behind
    assert "; the agenda changed at " in listed
    assert Entry.objects.filter(verb="sheet.downloaded", object_type="meeting").count() == 1


def test_an_agenda_that_changes_while_they_wait_is_told_instead_of_drawn(of, convened, client_of):
    row, _ = convened
    client_of(of.chair).post("/papers/papers/", {"number": row.number, "agenda": "f" * 64})
    by(of.house.secretary, add_item, meeting_id=row.pk, item=Item("free", title="Budget"),
       at=AT + HOUR)  # fmt: skip

    make_waiting(AT + HOUR)

    made = Printout.objects.get()
    assert made.state == Printout.State.FAILED
    assert "Ask for them again." in made.failure


def test_the_api_draws_them_and_says_what_they_are_bound_to(of, convened, client_of, monkeypatch):
    row, _ = convened
    monkeypatch.setattr("reports.render.meeting_papers.to_pdf", lambda markup, name: DRAWN)
    client = client_of(of.chair)
    asked = client.post(
        "/api/v1/papers/papers", {"of": {"number": row.number}}, content_type="application/json"
    )
    make_waiting(AT)

    ready = client.get(asked["Location"]).json()

    assert (ready["state"], ready["pages"]) == ("ready", 7)
    assert "on the agenda as it stands" in ready["note"]


def test_a_stranger_gets_none(of, convened, client_of):
    row, _ = convened

    client = client_of(of.house.stranger)

    assert client.post("/papers/papers/", {"number": row.number}).status_code == 404
    assert client.get(f"/meetings/{row.number}/papers/").status_code == 404


def test_the_same_content_is_kept_once_and_goes_with_its_last_request(
    of, convened, client_of, monkeypatch, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("reports.render.meeting_papers.to_pdf", lambda markup, name: DRAWN)
    row, _ = convened
    client_of(of.chair).post("/papers/papers/", {"number": row.number})
    make_waiting(AT)
    client_of(of.chair).post("/papers/papers/", {"number": row.number})
    make_waiting(AT + HOUR)
    paths = set(Printout.objects.values_list("path", flat=True))

    remove_old(AT + KEPT)
    after_one = list(tmp_path.rglob("*.pdf"))
    remove_old(AT + KEPT + HOUR)

    assert paths == {f"printouts/{hashlib.sha256(DRAWN.content).hexdigest()}.pdf"}
    assert len(after_one) == 1
    assert not list(tmp_path.rglob("*.pdf"))


@pytest.mark.full
def test_the_papers_are_a_tagged_document(of, convened):
    row, decision = convened

    drawn = PAPERS.draw(
        {"number": row.number, "agenda": agenda_as_it_stands(row).sha256}, of.chair, AT
    )

    reader = PdfReader(io.BytesIO(drawn.content))
    words = "".join(page.extract_text() for page in reader.pages)
    assert "/StructTreeRoot" in reader.trailer["/Root"]
    assert [one.title for one in reader.outline if not isinstance(one, list)]
    assert decision.number in words
    assert drawn.pages >= 3
