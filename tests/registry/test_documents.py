"""REG-7: documents with hash, version, expiry and reviewer; who counts when, who may, who sees."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox.models import Message
from registry.models import Document, DocumentVersion, User
from registry.selectors.documents import current_documents, expiring_documents, standing_of
from registry.selectors.systems import systems_visible_to
from registry.services.documents import (
    Terms,
    add_document,
    add_version,
    review_version,
    withdraw_document,
)
from registry.services.files import path_of
from tests.net import by_hand
from tests.registry.factories import (
    AT,
    call,
    person_as_actor,
    role,
    sign_in,
    system,
    token,
    unique,
    unit,
    user,
)
from tests.registry.uploads import PDF, upload

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
XSS = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def own_store(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def other_pdf(word):
    """Return another PDF."""
    return PDF.replace(b"1 0 obj", word.encode() + b" 0 obj")


def added(of, *, by=None, at=AT, **changes):
    """Add a document to a system by its owner, with the deputy as reviewer."""
    by = by or User.objects.get(pk=of.owner_id)
    arguments = {
        "system_id": of.pk if of else None,
        "kind": "technical",
        "title": unique("Instructions"),
        "owner_id": by.pk,
        "reviewer_id": of.deputy_id,
        "upload": upload(),
        "terms": Terms(),
    }
    return call(add_document, actor=person_as_actor(by), at=at, **(arguments | changes))


def reviewed(document, *, by=None, number=1, accepted=True, at=AT):
    """Review a version as its reviewer."""
    document = Document.objects.get(pk=document.pk)
    version = document.versions.get(number=number)
    return call(
        review_version,
        document_id=document.pk,
        number=number,
        expected_version=document.version,
        sha256=version.sha256,
        accepted=accepted,
        reason="read and in order",
        actor=person_as_actor(by or document.reviewer),
        at=at,
    )


def next_version(document, *, at=AT, body=None, **terms):
    """Upload another version as the owner."""
    document = Document.objects.get(pk=document.pk)
    return call(
        add_version,
        document_id=document.pk,
        expected_version=document.version,
        upload=upload("plan.pdf", body or other_pdf(unique("9"))),
        terms=Terms(**terms),
        actor=person_as_actor(document.owner),
        at=at,
    )


def by_sql(statement, *values):
    """Send a statement past every service."""
    with transaction.atomic(), connection.cursor() as raw:
        raw.execute(statement, values)


def test_a_document_counts_once_another_person_has_accepted_it():
    of = system()
    document = added(of)

    before = list(current_documents(of.pk, AT))
    reviewed(document)

    assert before == []
    assert [row.document for row in current_documents(of.pk, AT)] == [document]


def test_who_uploaded_a_version_does_not_review_it():
    of = system()
    document = added(of)

    with pytest.raises(Forbidden, match="you uploaded it"):
        reviewed(document, by=of.owner)


def test_the_database_refuses_a_review_by_the_uploader():
    of = system()
    version = added(of).versions.get()

    with by_hand(), pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as raw:
        raw.execute(
            "UPDATE registry_documentversion SET reviewed_by_id = uploaded_by_id WHERE id = %s",
            [version.pk],
        )


def test_what_a_version_holds_cannot_be_changed_past_the_services():
    version = added(system()).versions.get()

    with by_hand(), pytest.raises(IntegrityError) as refused:
        by_sql(
            "UPDATE registry_documentversion SET sha256 = %s WHERE id = %s", "0" * 64, version.pk
        )

    assert refused.value.__cause__.diag.constraint_name == "document_content_fixed"


def test_a_review_is_bound_to_the_file_that_was_read():
    of = system()
    document = added(of)

    with pytest.raises(Conflict, match="not the file"):
        call(
            review_version,
            document_id=document.pk,
            number=1,
            expected_version=1,
            sha256="0" * 64,
            accepted=True,
            reason="read",
            actor=person_as_actor(of.deputy),
        )


def test_an_accepted_version_replaces_the_one_before_and_the_past_stays():
    of = system()
    document = added(of)
    reviewed(document, at=AT)

    next_version(document, at=AT + DAY)
    reviewed(document, number=2, at=AT + 2 * DAY)

    assert [row.number for row in current_documents(of.pk, AT + DAY)] == [1]
    assert [row.number for row in current_documents(of.pk, AT + 2 * DAY)] == [2]
    assert document.versions.get(number=1).state == DocumentVersion.State.REPLACED


def test_a_refused_version_leaves_the_one_in_force():
    of = system()
    document = added(of)
    reviewed(document)

    next_version(document)
    reviewed(document, number=2, accepted=False)

    assert [row.number for row in current_documents(of.pk, AT)] == [1]


def test_an_expired_document_counts_no_more_and_is_listed():
    of = system()
    document = added(of, terms=Terms(expires_on=dt.date(2026, 12, 1)))
    version = reviewed(document)
    seen = systems_visible_to(user=User.objects.get(pk=of.owner_id), at=AT)

    listed = expiring_documents(systems=seen, organisation=False, at=AT)

    assert [row.pk for row in listed] == [version.pk]
    assert list(current_documents(of.pk, dt.datetime(2026, 12, 1, 9, tzinfo=dt.UTC))) == []
    assert standing_of(version, at=AT + 30 * DAY) == "expired"


def test_a_document_that_is_ahead_does_not_count_yet():
    of = system()
    reviewed(added(of, terms=Terms(valid_from=dt.date(2026, 12, 1))))

    assert list(current_documents(of.pk, AT)) == []
    assert len(current_documents(of.pk, AT + 20 * DAY)) == 1


def test_a_withdrawn_document_counts_no_more_and_takes_no_version():
    of = system()
    document = added(of)
    reviewed(document)

    call(
        withdraw_document,
        document_id=document.pk,
        expected_version=2,
        reason="the system changed",
        actor=person_as_actor(of.owner),
        at=AT + DAY,
    )

    assert list(current_documents(of.pk, AT + DAY)) == []
    assert len(current_documents(of.pk, AT)) == 1
    with pytest.raises(Conflict, match="withdrawn"):
        next_version(document)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "novel"}, "kind"),
        ({"title": "  "}, "title"),
        ({"title": "x" * 161}, "title"),
        ({"terms": Terms(expires_on=dt.date(2020, 1, 1))}, "expires_on"),
    ],
)
def test_what_is_not_right_is_told_at_its_field(changes, field):
    with pytest.raises(Invalid) as refused:
        added(system(), **changes)

    assert field in refused.value.fields


def test_one_title_is_one_document_and_one_file_one_version():
    of = system()
    document = added(of, title="Instructions")
    version = document.versions.get()

    with pytest.raises(Conflict, match="of this title"):
        added(of, title="Instructions")
    with pytest.raises(Conflict, match="very file"):
        next_version(document, body=path_of(version.sha256).read_bytes())


def test_every_step_is_an_entry_with_the_hash():
    of = system()
    reviewed(added(of, title="Instructions"))

    verbs = Entry.objects.filter(object_type="document").order_by("id").values_list("verb", "body")

    assert [verb for verb, _ in verbs] == [
        "document.added", "document.uploaded", "document.accepted"
    ]  # fmt: skip
    assert all(b'"sha256":"' in bytes(body) for _, body in verbs[1:])


# ---------------------------------------------------------------- doors


def posted(client, of, *, name="plan.pdf", body=PDF, **changes):
    """Send the form of a new document."""
    given = {
        "kind": "technical",
        "title": unique("Instructions"),
        "owner": str(of.owner_id),
        "reviewer": str(of.deputy_id),
        "file": upload(name, body),
    }
    return client.post(f"/systems/{of.slug}/documents/", given | changes)


def owner_of(of):
    """Return the owner of a system."""
    return User.objects.get(pk=of.owner_id)


def test_the_page_takes_a_document_and_gives_its_file_to_be_saved(client):
    of = system()
    sign_in(client, owner_of(of))

    sent = posted(client, of, name="Übersicht \u202e2026.pdf")
    document = Document.objects.get(system=of)
    got = client.get(f"/documents/{document.pk}/versions/1/file")

    assert sent.status_code == 302
    assert b"".join(got.streaming_content) == PDF
    assert got["Content-Type"] == "application/pdf"
    assert got["Content-Disposition"].startswith("attachment; filename")
    assert "filename*=utf-8''%C3%9Cbersicht" in got["Content-Disposition"]
    assert "\r" not in got["Content-Disposition"]
    assert got["X-Content-Type-Options"] == "nosniff"
    assert got["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert Entry.objects.filter(verb="document.taken_out").count() == 1


def test_a_changed_file_is_given_to_nobody_and_reported(client):
    of = system()
    document = added(of)
    path_of(document.versions.get().sha256).write_bytes(b"%PDF-1.7 other %%EOF")
    sign_in(client, owner_of(of))

    got = client.get(f"/documents/{document.pk}/versions/1/file")

    assert got.status_code == 409
    assert b"other" not in got.content
    assert Entry.objects.filter(verb="document.found_changed").count() == 1
    assert Message.objects.filter(subject__contains="is not the one").count() == 1


@pytest.mark.parametrize("way", ["", "review/", "versions/1/file"])
def test_a_stranger_finds_no_document(client, way):
    document = added(system())
    stranger = user()
    role(stranger, "compliance", unit=unit())
    sign_in(client, stranger)

    page = client.get(f"/documents/{document.pk}/{way}")
    listed = client.get(f"/systems/{document.system.slug}/documents/")

    assert (page.status_code, listed.status_code) == (404, 404)


def test_a_stranger_finds_nothing_by_the_api_and_lists_nothing(client):
    of = system()
    document = added(of, terms=Terms(expires_on=dt.date(2026, 12, 1)))
    reviewed(document)
    stranger = user()
    role(stranger, "compliance", unit=unit())
    sign_in(client, stranger)

    codes = [
        client.get(f"/api/v1/{path}").status_code
        for path in (
            f"documents/{document.pk}/",
            f"documents/{document.pk}/versions/1/file",
            f"systems/{of.slug}/documents",
        )
    ]

    assert codes == [404, 404, 404]
    assert client.get("/api/v1/documents/expiring").json() == []
    assert document.title not in client.get("/documents/expiring/").content.decode()


def test_a_token_reads_documents_of_its_systems_only(client):
    mine, other = system(), system()
    document, hidden = added(mine), added(other)
    _, plaintext = token(systems=[mine])
    head = {"HTTP_AUTHORIZATION": f"Token {plaintext}"}

    read = client.get(f"/api/v1/documents/{document.pk}/", **head)
    refused = client.get(f"/api/v1/documents/{hidden.pk}/", **head)

    assert read.json()["versions"][0]["sha256"] == document.versions.get().sha256
    assert refused.status_code == 404
    assert client.get("/api/v1/documents/", **head).json() == []


def test_the_api_takes_a_file_a_version_and_a_review(client):
    of = system()
    sign_in(client, owner_of(of))
    given = {
        "kind": "contract",
        "title": "Terms",
        "owner": str(of.owner_id),
        "reviewer": str(of.deputy_id),
        "file": upload("terms.pdf", PDF),
    }

    made = client.post(f"/api/v1/systems/{of.slug}/documents", given)
    path = f"/api/v1/documents/{made.json()['id']}"
    again = client.post(
        f"{path}/versions", {"file": upload("t.pdf", other_pdf("2"))}, HTTP_IF_MATCH=made["ETag"]
    )
    sign_in(client, User.objects.get(pk=of.deputy_id))
    review = client.post(
        f"{path}/versions/2/review",
        {"accepted": True, "reason": "read", "sha256": again.json()["versions"][0]["sha256"]},
        content_type="application/json",
        HTTP_IF_MATCH=again["ETag"],
    )

    assert [made.status_code, again.status_code, review.status_code] == [201, 201, 200]
    assert review.json()["versions"][0]["standing"] == "in_force"


def test_a_stale_etag_is_a_conflict(client):
    of = system()
    document = added(of)
    sign_in(client, owner_of(of))

    sent = client.post(
        f"/api/v1/documents/{document.pk}/versions",
        {"file": upload("t.pdf", other_pdf("2"))},
        HTTP_IF_MATCH='"9"',
    )

    assert (sent.status_code, sent.json()["code"]) == (409, "stale_version")


@pytest.mark.parametrize("path", ["/systems/{}/documents/", "/api/v1/systems/{}/documents"])
def test_a_body_beyond_the_limit_is_refused_unread(client, settings, path):
    settings.DOCUMENT_MAX_BYTES = 10_000
    of = system()
    sign_in(client, owner_of(of))

    sent = client.post(path.format(of.slug), {"file": upload("a.txt", b"a" * 600_000)})

    assert sent.status_code == 413
    assert not Document.objects.filter(system=of).exists()


def test_an_upload_without_the_csrf_token_is_refused():
    of = system()
    client = sign_in(Client(enforce_csrf_checks=True), owner_of(of))

    sent = posted(client, of)

    assert sent.status_code == 403
    assert not Document.objects.filter(system=of).exists()


@pytest.mark.parametrize(
    ("name", "body"),
    [("a.svg", b"<svg onload=alert(1)>"), ("a.html", b"<html>"), ("a.exe", b"MZ"),
     ("a.pdf", b"<html>"), ("../../a.php", b"<?php"), ("a.zip", b"PK\x03\x04")],
)  # fmt: skip
def test_a_hostile_file_is_refused_beside_its_field(client, name, body):
    of = system()
    sign_in(client, owner_of(of))

    sent = posted(client, of, name=name, body=body)

    assert sent.status_code == 400
    assert not Document.objects.filter(system=of).exists()
    assert 'id="id_file_error"' in sent.content.decode()


def test_what_is_typed_is_shown_and_never_run(client):
    of = system()
    document = added(of, title=XSS, terms=Terms(note=XSS), upload=upload(f"{XSS}.pdf"))
    sign_in(client, owner_of(of))

    pages = [
        client.get(path).content.decode()
        for path in (f"/documents/{document.pk}/", f"/systems/{of.slug}/documents/")
    ]

    assert all(XSS not in page for page in pages)
    assert all("&lt;script&gt;alert(1)" in page for page in pages)


def test_who_only_reads_gets_no_form_and_may_not_send_one(client):
    of = system()
    reader = user()
    role(reader, "auditor", system=of, until_at=AT + 30 * DAY)
    sign_in(client, reader)

    page = client.get(f"/systems/{of.slug}/documents/")
    sent = posted(client, of)

    assert page.status_code == 200
    assert "Upload the document" not in page.content.decode()
    assert sent.status_code == 403


@pytest.mark.parametrize(
    "bad", [{"owner": "x"}, {"owner": ""}, {"kind": "\x00"}, {"title": "a\x00"}]
)
def test_bad_input_is_told_and_never_fails(client, bad):
    of = system()
    sign_in(client, owner_of(of))

    page = posted(client, of, **bad)
    api = client.post(
        f"/api/v1/systems/{of.slug}/documents",
        {"kind": "other", "title": "t", "owner": str(of.owner_id), "reviewer": str(of.deputy_id)}
        | {"file": upload()} | bad,
    )  # fmt: skip

    assert (page.status_code, api.status_code) == (400, 400)


def test_documents_of_the_organisation_are_for_who_works_here(client):
    officer, nobody = user(), user()
    role(officer, "compliance", unit=unit())
    of = system()
    call(
        add_document,
        system_id=None,
        kind="policy",
        title="AI policy",
        owner_id=officer.pk,
        reviewer_id=of.owner_id,
        upload=upload(),
        terms=Terms(),
        actor=person_as_actor(officer),
    )

    seen = sign_in(client, officer).get("/documents/")
    unseen = sign_in(Client(), nobody).get("/documents/")

    assert "AI policy" in seen.content.decode()
    assert unseen.status_code == 404
