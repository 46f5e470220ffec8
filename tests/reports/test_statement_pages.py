"""Pages and API of statements, uploads and gaps, their paper and sheet, and the desk (GOV-3)."""

import csv
import datetime as dt
import io

import pypdf
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outbox import clock
from registry.models import Provision
from reports.models import ApplicabilityStatement, ControlUpload, EvidenceGap
from reports.paper_kinds import kind_of
from reports.selectors.desk import desk_of
from tests.registry.factories import PASSWORD, role, sign_in, unit, user
from tests.registry.law_house import words_of
from tests.reports.control_house import LATER
from tests.reports.stated import ISO, Stating

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("law")]
WHY = "We build no models; suppliers do."
KEY = "ISO-A.2.2"
LISTS = ("/controls/statements/", "/controls/uploads/", "/controls/gaps/")
DOORS = ("/api/v1/control-statements/", "/api/v1/control-uploads/", "/api/v1/control-gaps/")


@pytest.fixture
def of(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    clock.shift(LATER - dt.datetime.now(dt.UTC))
    return Stating()


def client_of(who):
    found = Client()
    sign_in(found, who, fresh_at=LATER)
    return found


def page(who, address):
    answer = client_of(who).get(address)
    assert answer.status_code == 200, (address, answer.content[:300])
    return words_of(answer.content.decode())


def sent(who, address, body, method="post", **headers):
    return getattr(client_of(who), method)(
        f"/api/v1/{address}", body, content_type="application/json", headers=headers
    )


def lines_of(row, **changes):
    """Return the fields of the form of a draft, all of them, as a browser sends them."""
    found = {"act": "write", "revision": row.revision}
    for key in row.lines:
        found |= {f"applies-{key}": "yes", f"reason-{key}": "", f"how-{key}": ""}
    return found | changes


@pytest.mark.parametrize("address", LISTS)
def test_an_empty_list_teaches_what_it_is_for(of, address):
    words = page(of.officer, address)

    assert any(one in words for one in ("No statement yet", "Nothing uploaded", "No open gap"))


@pytest.mark.parametrize("address", [*LISTS, *DOORS])
def test_who_reads_no_controls_is_refused(of, address):
    answer = client_of(of.writer).get(address)

    assert answer.status_code == 403


def test_a_draft_is_begun_written_line_by_line_and_shown(of):
    client = client_of(of.officer)
    begun = client.post("/controls/statements/", {"framework": ISO})
    row = ApplicabilityStatement.objects.get()

    written = client.post(
        begun.url, lines_of(row, **{f"applies-{KEY}": "no", f"reason-{KEY}": WHY})
    )

    row.refresh_from_db()
    assert (begun.status_code, written.status_code) == (302, 302)
    assert row.lines[KEY] == {"applicable": False, "reason": WHY, "how": ""}
    assert "1 left out" in page(of.officer, begun.url)


def test_a_stale_form_of_a_draft_is_refused_with_what_was_typed(of):
    row = of.drafted()
    of.write(row, {KEY: WHY})

    answer = client_of(of.officer).post(
        f"/controls/statements/{row.pk}/", lines_of(row) | {"revision": 1, f"how-{KEY}": "By hand."}
    )

    assert answer.status_code == 400
    assert "Somebody else wrote in it meanwhile" in answer.content.decode()
    assert "By hand." in answer.content.decode()


def test_the_second_officer_signs_what_was_shown(of):
    row = of.drafted({KEY: WHY})
    address = f"/controls/statements/{row.pk}/"
    shown = sent(of.second, f"control-statements/{row.pk}", {}, "get").json()

    answer = client_of(of.second).post(
        address, {"act": "sign", "sha256": shown["shown_sha256"], "reason": "Read."}
    )

    words = page(of.officer, address)
    assert answer.status_code == 302
    assert "reads as it was signed" in words
    assert of.second.name in words
    assert WHY in page(of.officer, f"/controls/{ISO}/?state=not_applicable")


def test_its_author_sees_that_somebody_else_signs(of):
    row = of.drafted({KEY: WHY})

    words = page(of.officer, f"/controls/statements/{row.pk}/")

    assert "somebody else reads and signs it" in words


def test_a_control_left_out_without_a_reason_is_named_where_it_is_signed(of):
    row = of.drafted()
    client_of(of.officer).post(
        f"/controls/statements/{row.pk}/", lines_of(row, **{f"applies-{KEY}": "no"})
    )
    shown = sent(of.second, f"control-statements/{row.pk}", {}, "get").json()

    answer = client_of(of.second).post(
        f"/controls/statements/{row.pk}/",
        {"act": "sign", "sha256": shown["shown_sha256"], "reason": "Read."},
    )

    assert answer.status_code == 400
    assert f"A reason is missing: {KEY}." in answer.content.decode()


def test_the_api_walks_the_whole_way_of_a_statement(of):
    begun = sent(of.officer, "control-statements/", {"framework": ISO})
    key = begun.json()["statement"]["id"]
    line = {"provision": KEY, "applicable": False, "reason": WHY}

    written = sent(
        of.officer, f"control-statements/{key}", {"lines": [line]}, "patch",
        **{"If-Match": begun["ETag"]},
    )  # fmt: skip
    proof = {"sha256": written.json()["shown_sha256"], "reason": "Read."}
    own = sent(of.officer, f"control-statements/{key}/approve", proof)
    signed = sent(of.second, f"control-statements/{key}/approve", proof | {"password": PASSWORD})

    assert (begun.status_code, written.status_code, own.status_code) == (201, 200, 403)
    assert (signed.status_code, signed.json()["statement"]["state"]) == (200, "in_force")
    assert signed.json()["intact"] is True


@pytest.mark.parametrize(
    "body",
    [
        {}, {"lines": 1}, {"lines": [{}]},
        {"lines": [{"provision": "NONE", "applicable": True}]},
        {"lines": [{"provision": KEY, "applicable": "\x00"}]},
        {"lines": [{"provision": KEY, "applicable": False, "reason": "x" * 1001}]},
    ],
)  # fmt: skip
def test_lines_that_cannot_be_are_refused(of, body):
    row = of.drafted()

    answer = sent(of.officer, f"control-statements/{row.pk}", body, "patch", **{"If-Match": '"1"'})

    assert answer.status_code == 400


@pytest.mark.parametrize("framework", ["", "nothing", "ai-act", "a\x00"])
def test_a_statement_of_what_is_none_is_refused(of, framework):
    answer = sent(of.officer, "control-statements/", {"framework": framework})

    assert answer.status_code in (400, 404)


def test_the_sheet_and_the_paper_hold_every_line_of_a_statement(of):
    row = of.sign(of.drafted({KEY: WHY}))
    kind = kind_of("statement")

    answer = client_of(of.officer).get(f"/controls/statements/{row.pk}/list.csv")
    paper = kind.check({"statement": str(row.pk)}, of.officer, LATER)

    rows = {one["control"]: one for one in csv.DictReader(io.StringIO(answer.content.decode()))}
    assert set(rows) == set(row.lines)
    assert (rows[KEY]["applicable"], rows[KEY]["reason"]) == ("no", WHY)
    assert paper.file_name == f"applicability-{ISO}-v1"


@pytest.mark.full
def test_the_paper_of_a_statement_is_a_tagged_pdf(of):
    row = of.sign(of.drafted({KEY: WHY}))

    pdf = kind_of("statement").draw({"statement": str(row.pk)}, of.officer, LATER)

    read = pypdf.PdfReader(io.BytesIO(pdf.content))
    words = " ".join(one.extract_text() for one in read.pages)
    assert "/StructTreeRoot" in read.trailer["/Root"]
    assert WHY in " ".join(words.split())
    assert of.second.name in words


def test_an_upload_is_taken_reviewed_by_another_and_given_out_unchanged(of):
    file = io.BytesIO(b"Reviewed on 3 March.")
    file.name = "minute.txt"
    given = {"provision": KEY, "title": "Minute", "owner": str(of.officer.pk), "file": file}
    made = client_of(of.officer).post("/controls/uploads/", given)
    said = {"act": "review", "accepted": "yes", "said": "Read."}

    own = client_of(of.officer).post(made.url, said)
    reviewed = client_of(of.second).post(made.url, said)
    out = client_of(of.officer).get(f"{made.url}file")

    assert (made.status_code, own.status_code, reviewed.status_code) == (302, 400, 302)
    assert ControlUpload.objects.get().state == "reviewed"
    assert b"".join(out.streaming_content) == b"Reviewed on 3 March."
    assert "attachment" in out["Content-Disposition"]


def test_the_api_takes_reviews_and_withdraws_an_upload(of):
    body = {"provision": KEY, "title": "Minute", "link": "https://example.org/minute"}
    made = sent(of.officer, "control-uploads/", body)
    key = made.json()["id"]

    review = {"accepted": True, "said": "Read."}
    reviewed = sent(of.second, f"control-uploads/{key}/review", review)
    withdrawn = sent(of.second, f"control-uploads/{key}/withdraw", {"reason": "Old."})
    file = sent(of.second, f"control-uploads/{key}/file", {}, "get")

    assert (made.status_code, reviewed.json()["state"]) == (201, "reviewed")
    assert withdrawn.json()["state"] == "withdrawn"
    assert file.status_code == 404


@pytest.mark.parametrize(
    "changes",
    [{"link": "javascript:alert(1)"}, {"title": "\x00"}, {"owner": "x"}, {"valid_until": "soon"},
     {"provision": "NONE"}, {"link": ""}],
)  # fmt: skip
def test_an_upload_that_cannot_be_is_refused(of, changes):
    body = {"provision": KEY, "title": "Minute", "link": "https://example.org"} | changes

    answer = sent(of.officer, "control-uploads/", body)

    assert answer.status_code in (400, 404)
    assert not ControlUpload.objects.exists()


def test_a_gap_is_assigned_stands_on_a_desk_and_is_closed_there(of):
    given = {"provision": KEY, "owner": str(of.writer.pk), "due_on": "2027-01-31"}
    made = client_of(of.officer).post("/controls/gaps/", given)
    gap = EvidenceGap.objects.get()
    waits = [one for one in desk_of(user=of.writer, at=LATER).also if "Gap of" in one.title]

    closed = client_of(of.writer).post(
        f"/controls/gaps/{gap.pk}/", {"act": "close", "reason": "Uploaded."}
    )

    gap.refresh_from_db()
    assert made.status_code == 302
    assert [one.url for one in waits] == [f"/controls/gaps/{gap.pk}/"]
    assert (closed.status_code, gap.state) == (302, "closed")
    assert gap.due_at == dt.datetime(2027, 1, 31, 23, tzinfo=dt.UTC)


def test_what_waits_for_a_review_or_a_signature_stands_on_the_second_officer_s_desk(of):
    of.upload(KEY)
    of.drafted()

    mine = [one.title for one in desk_of(user=of.officer, at=LATER).also]
    theirs = [one.title for one in desk_of(user=of.second, at=LATER).also]

    assert not [one for one in mine if "Evidence for" in one or "Statement of" in one]
    assert len([one for one in theirs if "Evidence for" in one or "Statement of" in one]) == 2


def test_the_api_assigns_moves_and_closes_a_gap(of):
    body = {"provision": KEY, "owner": str(of.writer.pk), "due_at": "2027-01-31T12:00:00Z",
            "system": of.systems[0].slug}  # fmt: skip
    made = sent(of.officer, "control-gaps/", body)
    key = made.json()["id"]

    stale = sent(of.officer, f"control-gaps/{key}", {"note": "x"}, "patch", **{"If-Match": '"9"'})
    moved = sent(
        of.officer, f"control-gaps/{key}", {"note": "Moved."}, "patch",
        **{"If-Match": made["ETag"]},
    )  # fmt: skip
    closed = sent(of.writer, f"control-gaps/{key}/close", {"reason": "Done."})

    assert (made.status_code, made.json()["system"]) == (201, of.systems[0].slug)
    assert (stale.status_code, moved.json()["note"]) == (409, "Moved.")
    assert closed.json()["state"] == "closed"


@pytest.mark.parametrize(
    "changes",
    [{"due_on": "2020-01-01"}, {"due_on": "9999-12-31"}, {"owner": "x"}, {"provision": "NONE"},
     {"note": "\x00"}],
)  # fmt: skip
def test_a_gap_that_cannot_be_is_told_on_the_form(of, changes):
    given = {"provision": KEY, "owner": str(of.writer.pk), "due_on": "2027-01-31"} | changes

    answer = client_of(of.officer).post("/controls/gaps/", given)

    assert answer.status_code == 400
    assert not EvidenceGap.objects.exists()


def test_a_gap_of_a_system_is_not_seen_from_another_unit(of):
    gap, other = of.gap(KEY, system=of.systems[0]), unit()
    stranger = user(of=other)
    role(stranger, "compliance", unit=other)

    answer = client_of(stranger).get(f"/controls/gaps/{gap.pk}/")
    listed = sent(stranger, "control-gaps/", {}, "get")
    sheet = client_of(stranger).get("/controls/gaps/list.csv")

    assert (answer.status_code, listed.json()) == (404, [])
    assert KEY not in sheet.content.decode()


def asked(client, address):
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200
    return len(found)


def test_a_list_of_many_takes_as_many_queries_as_one_of_few(of):
    keys = list(Provision.objects.filter(framework_id=ISO, kind="control")[:8])
    client = client_of(of.officer)
    of.gap(keys[0].pk)
    few = asked(client, "/controls/gaps/") and asked(client, "/controls/gaps/")

    for one in keys[1:]:
        of.gap(one.pk)
    many = asked(client, "/controls/gaps/")

    assert many == few
