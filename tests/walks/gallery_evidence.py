"""What the gallery shows of issue and proof: a statement, uploads, gaps, reports, packs, papers."""

import datetime as dt

from django.core.files.base import ContentFile

from governance.rules.ledger_filter import Asked
from registry.services.signatures import hash_payload
from reports.rules.asked import Wanted
from reports.rules.quarters import quarter_of
from reports.rules.statements import Line
from reports.selectors.applicability import record_of
from reports.services.building import build_pack
from reports.services.control_uploads import (
    GivenUpload,
    add_control_upload,
    review_control_upload,
)
from reports.services.evidence_gaps import assign_gap
from reports.services.packs import request_pack
from reports.services.papers import request_paper
from reports.services.printouts import make_waiting, request_printout
from reports.services.statements import approve_statement, draft_statement, write_statement
from tests.incidents.factory import acting, ceremony
from tests.registry.factories import call
from tests.reports import board_house

DAY = dt.timedelta(days=1)
ISO = "iso-42001"
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def controlled(found, at):
    """A statement in force and the next one in draft, uploads reviewed and waiting, two gaps."""
    house, made = found.house, found.made
    made.statement = _stated(house, at)
    made.next_statement = call(
        draft_statement, framework=ISO, actor=acting(house.compliance), at=at
    )
    made.evidence = _uploaded(house, at, title="Who was trained", name="trained.pdf")
    call(
        review_control_upload, upload_id=made.evidence.pk, accepted=True,
        said="Compared with the list of the course.", actor=acting(house.risk), at=at,
    )  # fmt: skip
    made.unread = _uploaded(house, at, title="The policy on the intranet")
    made.gap = _gap(house, at, "ISO-9.2.2")
    _gap(house, at, "AIA-11", system=house.system)


def _stated(house, at):
    lines = {
        "ISO-A.3.3": Line(how="The form for concerns, open to anybody."),
        "ISO-A.10.4": Line(applicable=False, reason="Nothing is sold or lent to customers."),
    }
    author, second = acting(house.compliance), acting(house.executive)
    row = call(draft_statement, framework=ISO, actor=author, at=at)
    row = call(
        write_statement, statement_id=row.pk, lines=lines, expected_revision=row.revision,
        actor=author, at=at,
    )  # fmt: skip
    return call(
        approve_statement, statement_id=row.pk, expected_sha256=hash_payload(record_of(row)),
        reason="Read line by line.", ceremony=ceremony(at), actor=second, at=at,
    )  # fmt: skip


def _uploaded(house, at, *, title, name=""):
    """A file where it has a name, else a link."""
    link = "" if name else "https://example.org/policy"
    given = GivenUpload(
        title=title, owner_id=house.owner.pk, link=link, valid_until=(at + 90 * DAY).date()
    )
    file = ContentFile(PDF, name=name) if name else None
    return call(
        add_control_upload, provision="ISO-7.2" if name else "ISO-5.2", given=given, upload=file,
        actor=acting(house.compliance), at=at,
    )  # fmt: skip


def _gap(house, at, provision, *, system=None):
    return call(
        assign_gap, provision=provision, owner_id=house.owner.pk, due_at=at + 9 * DAY,
        note="The file lies with legal.", system_id=system.pk if system else None,
        actor=acting(house.compliance), at=at,
    )  # fmt: skip


def reported(found, at):
    """Factors in force and in draft, a report that was issued, a review that is written."""
    house, made = found.house, found.made
    made.factor = board_house.factor(house, at=at)
    made.next_factor = board_house.factor(house, at=at, approved=False, measures="people")
    running = quarter_of(at.date())
    made.board_report = board_house.issued(
        house, board_house.report(house, at=at, quarter=running.before), at=at
    )
    made.review = board_house.report(house, kind="review", at=at, quarter=running.before)


def packed(found, at):
    """A pack that was built, one that waits, a list of the ledger and a report as documents."""
    house, made = found.house, found.made
    auditor = acting(house.auditor)
    asked = {"since": at - 60 * DAY, "until": at, "actor": auditor, "at": at}
    wanted = Wanted(system_id=house.system.pk)
    made.pack = call(request_pack, wanted=wanted, **asked)
    build_pack(pack_id=made.pack.pk, at=at)
    made.next_pack = call(request_pack, wanted=Wanted(kind="iso_42001", system_id=house.system.pk),
                          **asked)  # fmt: skip
    made.printout = request_printout(asked=Asked(), user=house.auditor, at=at)
    made.paper = request_paper(
        kind="board-report", query={"number": made.board_report.number}, user=house.executive,
        at=at,
    )  # fmt: skip
    for _each in range(2):
        make_waiting(at)
