"""Uploads as evidence of a control, and gaps with who closes them (GOV-3)."""

import datetime as dt
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from ledger.context import acting_as
from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.selectors.past import as_it_was
from registry.services.files import open_kept
from reports.models import ControlUpload, EvidenceGap
from reports.selectors.applicability import uploads_of
from reports.selectors.control_pages import lines_of
from reports.selectors.controls import controls_of
from reports.selectors.statements import files_named
from reports.services.control_uploads import (
    GivenUpload,
    add_control_upload,
    review_control_upload,
    withdraw_control_upload,
)
from reports.services.evidence_gaps import change_gap, close_gap
from tests.registry.factories import SETUP, role, user
from tests.reports.control_house import LATER
from tests.reports.stated import WEEK, Stating

pytestmark = pytest.mark.django_db
CONTROL = "AIA-22"
DAY = dt.timedelta(days=1)


@pytest.fixture
def of(law, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    return Stating()


def review(of, row, *, who=None, accepted=True, at=LATER):
    return of.by(
        who or of.second, review_control_upload, upload_id=row.pk, accepted=accepted,
        said="Read the whole of it.", at=at,
    )  # fmt: skip


def said(verb):
    return json.loads(bytes(Entry.objects.get(verb=verb).body))


def sources(of, *, at=LATER):
    return {one.source: one for one in uploads_of(scope=of.scope(at=at))}


def test_an_upload_counts_for_nothing_until_another_person_reviewed_it(of):
    row = of.upload(CONTROL)

    before = sources(of)
    review(of, row)
    after = sources(of)

    assert before == {}
    assert after[f"attached:{CONTROL}"].standing(LATER) == "present"


def lines(of, provision, framework):
    """The evidence of a control as its page shows it, by source."""
    found = controls_of(framework=framework, scope=of.scope())
    one = next(one for one in found if one.provision == provision)
    return {line.evidence.source: line for line in lines_of(one, {}, LATER)}


def test_what_a_reviewed_upload_stands_in_for_is_not_told_as_missing(of):
    row = of.upload("ISO-7.2")

    before = lines(of, "ISO-7.2", "iso-42001")
    review(of, row)
    after = lines(of, "ISO-7.2", "iso-42001")

    assert [one["training"].words for one in (before, after)] == ["Missing", "By the upload"]
    assert after["attached"].stands_in
    assert after["roles_held"].words == before["roles_held"].words


def test_an_upload_where_none_is_asked_for_stands_in_for_nothing(of):
    review(of, of.upload(CONTROL))

    found = lines(of, CONTROL, "ai-act")

    assert not found["attached"].stands_in
    assert "By the upload" not in {one.words for one in found.values()}


def test_a_reviewed_upload_shows_the_control(of):
    review(of, of.upload(CONTROL))

    found = controls_of(framework="ai-act", scope=of.scope())

    one = next(one for one in found if one.provision == CONTROL)
    piece = next(piece for piece in one.evidence if piece.source == "attached")
    assert (piece.count, piece.gap, piece.owner) == (1, "", of.officer.name)


def test_an_upload_is_stale_after_its_last_day(of):
    last = (LATER + 9 * DAY).date()
    review(of, of.upload(CONTROL, valid_until=last))

    found = sources(of)[f"attached:{CONTROL}"]

    assert found.standing(LATER + 9 * DAY) == "present"
    assert found.standing(LATER + 10 * DAY) == "stale"


def test_who_uploaded_it_cannot_review_it(of):
    row = of.upload(CONTROL)

    with pytest.raises(Forbidden) as refused:
        review(of, row, who=of.officer)

    assert refused.value.code == "own_upload"


def test_the_database_refuses_one_person_as_uploader_and_reviewer(of):
    row = of.upload(CONTROL)
    row.reviewed_by = row.uploaded_by

    with (
        pytest.raises(IntegrityError, match="by_two_persons"),
        transaction.atomic(),
        acting_as(SETUP),
    ):
        row.save(at=LATER)

    assert ControlUpload.objects.get().reviewed_by is None


def test_what_a_reviewer_refused_counts_for_nothing(of):
    row = review(of, of.upload(CONTROL), accepted=False)

    assert row.state == "refused"
    assert sources(of) == {}


def test_a_withdrawn_upload_counts_no_more_but_did_when_it_was_there(of):
    row = review(of, of.upload(CONTROL))

    of.by(of.officer, withdraw_control_upload, upload_id=row.pk, reason="Old.", at=LATER + DAY)

    with as_it_was(LATER):
        then = sources(of)
    assert list(then) == [f"attached:{CONTROL}"]
    assert sources(of, at=LATER + DAY) == {}
    assert Entry.objects.filter(verb="control_upload.withdrawn").count() == 1


def test_a_file_is_kept_under_its_hash_and_no_sweep_removes_it(of):
    file = SimpleUploadedFile("minute.txt", b"Reviewed on 3 March.")

    row = of.upload(CONTROL, file=file)

    with open_kept(row.sha256) as kept:
        assert kept.read() == b"Reviewed on 3 March."
    assert files_named([row.sha256, "0" * 64]) == {row.sha256}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "https://exa mple.org"}, "link"),
        ({"link": "http://[broken"}, "link"),
        ({"link": ""}, "file"),
        ({"title": " "}, "title"),
        ({"valid_until": dt.date(2020, 1, 1)}, "valid_until"),
    ],
)
def test_an_upload_that_cannot_be_is_told_by_its_field(of, changes, field):
    given = {"title": "Minute", "link": "https://example.org"} | changes

    with pytest.raises(Invalid) as refused:
        of.by(
            of.officer, add_control_upload, provision=CONTROL, upload=None,
            given=GivenUpload(owner_id=of.officer.pk, **given),
        )  # fmt: skip

    assert field in refused.value.fields


def test_who_holds_no_role_for_it_uploads_nothing(of):
    with pytest.raises(Forbidden):
        of.upload(CONTROL, who=of.writer)

    assert not ControlUpload.objects.exists()


def test_the_owner_of_a_system_uploads_but_does_not_review(of):
    owner = of.systems[0].owner
    row = of.upload(CONTROL)

    mine = of.upload(CONTROL, who=owner)
    with pytest.raises(Forbidden):
        review(of, row, who=owner)

    assert mine.uploaded_by == owner


def test_a_gap_is_closed_by_who_it_was_assigned_to_with_the_reason(of):
    row = of.gap(CONTROL)

    closed = of.by(of.writer, close_gap, gap_id=row.pk, reason="The contract is uploaded.")

    assert (closed.state, closed.closed_by, closed.closed_at) == ("closed", of.writer, LATER)
    assert said("gap.closed")["after"]["state"] == "closed"


def test_a_gap_is_not_closed_without_a_reason(of):
    row = of.gap(CONTROL)

    with pytest.raises(Invalid):
        of.by(of.writer, close_gap, gap_id=row.pk, reason=" ")

    assert EvidenceGap.objects.get().state == "open"


def test_a_gap_is_not_closed_or_moved_by_somebody_else(of):
    row, stranger = of.gap(CONTROL), user(of=of.unit)
    role(stranger, "engineer", unit=of.unit)

    with pytest.raises(Forbidden):
        of.by(stranger, close_gap, gap_id=row.pk, reason="Mine.")
    with pytest.raises(Forbidden):
        of.by(
            of.writer, change_gap, gap_id=row.pk, owner_id=stranger.pk, due_at=LATER + DAY,
            note="", expected_version=1,
        )  # fmt: skip

    assert EvidenceGap.objects.get().owner == of.writer


def test_one_gap_of_a_control_and_system_is_open_at_a_time(of):
    of.gap(CONTROL)
    of.gap(CONTROL, system=of.systems[0])

    with pytest.raises(Conflict):
        of.gap(CONTROL)

    assert EvidenceGap.objects.count() == 2


def test_an_owner_assigns_gaps_of_their_own_system_alone(of):
    owner = of.systems[0].owner

    of.gap(CONTROL, system=of.systems[0], who=owner)
    with pytest.raises(Forbidden):
        of.gap(CONTROL, who=owner)

    assert EvidenceGap.objects.get().assigned_by == owner


def test_a_gap_moves_to_another_person_and_day_on_record(of):
    row = of.gap(CONTROL)

    moved = of.by(
        of.officer, change_gap, gap_id=row.pk, owner_id=of.second.pk, due_at=LATER + 2 * WEEK,
        note="Moved.", expected_version=1,
    )  # fmt: skip

    assert (moved.owner, moved.version) == (of.second, 2)
    assert said("gap.changed")["before"]["note"] == "The file lies with legal."


def test_a_gap_is_due_after_now(of):
    with pytest.raises(Invalid) as refused:
        of.gap(CONTROL, due_at=LATER)

    assert "due_at" in refused.value.fields
