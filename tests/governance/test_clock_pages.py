"""INC-7: the page of all clocks, the reports of a case, drafts, forms of instants (CLK-10)."""

import datetime as dt
import json
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.utils import timezone

from governance.forms.fields import InstantField, InstantInput
from incidents.models import CounselDate, ReportDraft, Submission
from incidents.rules.report_templates import BY_ID, TEMPLATES, in_text
from incidents.services.report_drafts import save_draft
from ledger.context import acting_as
from ledger.rules.refusals import Forbidden, Invalid
from tests.governance.pages import command, queries, seen, signed_in, stand_at, text_of
from tests.incidents import factory as cases
from tests.incidents.factory import AT, acting, clock_rule, do, evidence, fresh

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def clock_stands():
    stand_at(AT)
    yield
    stand_at(None)


@pytest.fixture
def house():
    return cases.house()


def running(of, *, hours=72, **changes):
    """A case with a clock that runs."""
    if not cases.ClockRule.objects.exists():
        clock_rule(hours=hours, **changes)
    incident = cases.opened(of, detected_at=AT - HOUR, at=AT - HOUR)
    do(incident, "acknowledge", of.owner, at=AT, personal_data="yes")
    return fresh(incident)


def reports(incident):
    return f"/incidents/{incident.number}/reports/"


def drafted(incident, by, *, template="gdpr-33", kind="initial", **values):
    actor = acting(by)
    with acting_as(actor):
        return save_draft(
            incident_id=incident.pk,
            template_id=template,
            kind=kind,
            values=values,
            actor=actor,
            at=AT,
        )


class Instant(forms.Form):
    when = InstantField(widget=InstantInput())


def typed(**data):
    with timezone.override(BERLIN):
        form = Instant(data)
        form.is_valid()
        return form, str(form["when"])


def test_all_clocks_show_time_used_next_step_and_whether_they_bind(client, house):
    incident = running(house)

    told = seen(client, "/clocks/", house.compliance)

    assert incident.number in told
    assert "72 h, statutory" in told
    assert "the owner's findings; the report may be sent before" in told


def test_clocks_of_others_are_not_shown(client, house):
    incident = running(house)

    told = seen(client, "/clocks/", cases.house().compliance)

    assert incident.number not in told
    assert "No clock runs" in told


def test_the_page_says_what_is_not_due_and_why(client, house):
    clock_rule("critical_service", regime="NIS2", applies_to="essential_or_important_entity")
    clock_rule("gpai", hours=0, period="without undue delay", regime="EU AI Act")
    clock_rule("x", status="adopted_not_yet_applicable", statutory_from=dt.date(2027, 12, 2))

    told = seen(client, "/clocks/", house.compliance)

    assert "Whether NIS2 applies is to be decided" in told
    assert "The law gives no number: without undue delay." in told
    assert "It binds from 2 December 2027 on" in told


def test_the_list_costs_the_same_however_many_run(client, house):
    running(house)
    reader = signed_in(client, house.compliance)
    reader.get("/clocks/")
    few = queries(reader, "/clocks/")
    for _ in range(3):
        running(house)

    assert queries(reader, "/clocks/") <= few + 1


def test_clocks_are_paged_by_a_cursor(client, house):
    for _ in range(3):
        running(house)
    reader = signed_in(client, house.compliance)

    first = reader.get("/api/v1/clocks?limit=2").json()
    second = reader.get("/api/v1/clocks", {"limit": 2, "cursor": first["next"]}).json()

    assert (len(first["results"]), len(second["results"]), second["next"]) == (2, 1, None)


@pytest.mark.parametrize("cursor", ["x", "2026_y", "9" * 100, "2026-01-01_no"])
def test_a_bad_cursor_is_400(client, house, cursor):
    answer = signed_in(client, house.compliance).get("/api/v1/clocks", {"cursor": cursor})

    assert answer.status_code == 400


def test_compliance_records_counsels_date_on_the_page(client, house):
    incident = running(
        house, status="adopted_not_yet_applicable", statutory_from=dt.date(2027, 12, 2)
    )
    rule = incident.clocks.get().rule_id
    form = {"rule": rule, "statutory_from": "2026-08-02", "source": "opinion of 3 November"}

    page = signed_in(client, house.compliance).post("/clocks/", form)

    assert page.status_code == 302
    assert CounselDate.objects.get().statutory_from == dt.date(2026, 8, 2)
    assert incident.clocks.get().binding == "statutory"


def test_counsels_date_is_compliances_alone(client, house):
    running(house)
    form = {"rule": cases.ClockRule.objects.get().pk, "statutory_from": "2026-08-02", "source": "x"}

    page = signed_in(client, house.owner).post("/clocks/", form)

    assert page.status_code == 403


def test_a_case_tells_who_knew_when_and_what_is_not_due(client, house):
    incident = running(house)
    clock_rule("critical_service", hours=24, regime="NIS2")

    told = seen(client, reports(incident), house.auditor)

    assert "We knew of it" in told
    assert "'Is a critical service or an ICT outage involved?' was answered 'no'." in told


def test_an_instant_is_stated_by_the_form_of_the_case(client, house):
    incident = running(house)

    page = command(
        signed_in(client, house.owner),
        incident,
        "learn_awareness",
        which="organisation",
        aware_at="2026-11-16T07:00",
        source="mail of the branch",
    )

    clock = incident.clocks.get()
    assert page.status_code == 302
    assert clock.aware_at < AT
    assert clock.moved_from_at == AT


def test_a_later_awareness_is_told_at_the_field(client, house):
    incident = running(house)

    page = command(
        signed_in(client, house.owner),
        incident,
        "learn_awareness",
        which="organisation",
        aware_at="2026-11-16T10:00",
        source="x",
    )

    assert page.status_code == 400
    assert "earlier, never later" in text_of(page)


def test_a_report_that_was_sent_is_recorded_by_the_form_of_the_case(client, house):
    incident = running(house)
    draft = drafted(incident, house.compliance)

    page = command(
        signed_in(client, house.compliance),
        incident,
        "record_submission",
        clocks=[str(incident.clocks.get().pk)],
        kind="initial",
        authority="Data protection authority",
        submitted_at="2026-11-16T10:00",
        report=str(draft.pk),
    )

    row = Submission.objects.get()
    assert page.status_code == 302
    assert (row.report, row.clocks.get().incident) == (draft, incident)


def test_a_draft_is_filled_from_the_case(client, house):
    incident = running(house)
    evidence(incident, house.owner, AT)
    do(incident, "submit_findings", house.owner, at=AT)

    page = signed_in(client, house.compliance).get(f"{reports(incident)}gdpr-33/")

    given = page.context["form"].initial
    assert given["case_number"] == incident.number
    assert given["awareness_date"] == "2026-11-16 09:00 UTC"
    assert given["due_date"] == "2026-11-19 09:00 UTC"
    assert given["effects"] == "Late payment."
    assert given["submission_date"] == ""


def test_every_saving_is_a_version_that_can_be_printed(client, house):
    incident = running(house)
    officer = signed_in(client, house.compliance)
    url = f"{reports(incident)}gdpr-33/"

    officer.post(url, {"kind": "initial", "what_happened": "A list was sent to the wrong person."})
    officer.post(url, {"kind": "follow_up", "what_happened": "It was deleted there."})

    printed = text_of(officer.get(f"{url}2/"))
    assert list(ReportDraft.objects.order_by("version").values_list("version", flat=True)) == [1, 2]
    assert "It was deleted there." in printed
    assert "A list was sent" in text_of(officer.get(f"{url}1/"))


def test_a_version_leaves_as_json_and_as_text(client, house):
    incident = running(house)
    row = drafted(incident, house.compliance, what_happened="A list was sent.")
    officer = signed_in(client, house.compliance)
    url = f"{reports(incident)}gdpr-33/1/"

    told = officer.get(f"{url}report.json").json()
    text = officer.get(f"{url}report.txt").content.decode()

    assert (told["sha256"], told["values"]["what_happened"]) == (
        row.record_sha256,
        "A list was sent.",
    )
    assert "Nature of the breach:\nA list was sent." in text


def test_a_stranger_to_the_case_writes_no_report(house):
    incident = running(house)

    with pytest.raises(Forbidden):
        drafted(incident, house.auditor)


@pytest.mark.parametrize(
    "changes",
    [
        {"template": "none"},
        {"kind": "none"},
        {"what_happened": "x" * 20_001},
        {"what_happened": "\x00"},
    ],
)
def test_a_draft_that_is_not_right_is_refused(house, changes):
    incident = running(house)

    with pytest.raises(Invalid):
        drafted(incident, house.compliance, **changes)


@pytest.mark.parametrize("tail", ["none/", "gdpr-33/9/", "gdpr-33/99999999999/", "none/1/"])
def test_what_is_not_there_is_404(client, house, tail):
    incident = running(house)

    assert signed_in(client, house.compliance).get(reports(incident) + tail).status_code == 404


@pytest.mark.parametrize("form", TEMPLATES, ids=lambda one: one.id)
def test_every_template_asks_for_awareness_and_submission(form):
    names = [field.name for field in form.fields]

    assert {"awareness_date", "submission_date", "report_type", "authority"} <= set(names)
    assert len(names) == len(set(names))
    assert in_text(form, {}).startswith(form.title)


def test_the_api_tells_a_case_and_saves_a_draft(client, house):
    incident = running(house)
    officer = signed_in(client, house.compliance)
    url = f"/api/v1/incidents/{incident.number}"

    told = officer.get(f"{url}/clocks").json()
    saved = officer.post(
        f"{url}/reports/gdpr-33",
        json.dumps({"kind": "initial", "values": {"what_happened": "x"}}),
        content_type="application/json",
    )
    after = officer.get(f"{url}/reports/gdpr-33").json()

    assert told["instants"]["aware_at"] == "2026-11-16T09:00:00Z"
    assert told["clocks"][0]["binding"] == "statutory"
    assert saved.status_code == 201
    assert after["begins_with"]["what_happened"] == "x"
    assert set(after["fields_asked"]) == {field.name for field in BY_ID["gdpr-33"].fields}


def test_the_api_takes_counsels_date(client, house):
    running(house)
    rule = cases.ClockRule.objects.get().pk

    answer = signed_in(client, house.compliance).post(
        f"/api/v1/clock-rules/{rule}/counsel-date",
        json.dumps({"statutory_from": "2026-08-02", "source": "opinion"}),
        content_type="application/json",
    )

    assert (answer.status_code, answer.json()["rule"]) == (201, rule)


def test_clk_10_an_hour_that_did_not_exist_is_refused_with_the_reason():
    form, _ = typed(when="2026-03-29T02:30")

    assert "did not exist" in form.errors["when"][0]


def test_clk_10_an_hour_that_came_twice_offers_both_the_earlier_preset():
    form, drawn = typed(when="2026-10-25T02:30")

    assert "came twice" in form.errors["when"][0]
    assert '<option value="0" selected>02:30 (UTC+0200)</option>' in drawn
    assert '<option value="1">02:30 (UTC+0100)</option>' in drawn


@pytest.mark.parametrize(("which", "hour"), [("0", 0), ("1", 1)])
def test_clk_10_the_chosen_one_of_two_hours_counts(which, hour):
    form, _ = typed(when="2026-10-25T02:30", when_which=which)

    assert form.cleaned_data["when"] == dt.datetime(2026, 10, 25, hour, 30, tzinfo=dt.UTC)


def test_clk_10_any_other_hour_is_just_taken():
    form, drawn = typed(when="2026-06-01T02:30")

    assert form.cleaned_data["when"] == dt.datetime(2026, 6, 1, 0, 30, tzinfo=dt.UTC)
    assert "<select" not in drawn
