"""People who state, upload and assign, beside the house of controls."""

import datetime as dt

from registry.services.signatures import hash_payload
from reports.models import ApplicabilityStatement
from reports.rules.statements import Line
from reports.selectors.applicability import record_of
from reports.services.control_uploads import GivenUpload, add_control_upload
from reports.services.evidence_gaps import assign_gap
from reports.services.statements import approve_statement, draft_statement, write_statement
from tests.incidents.factory import acting, ceremony
from tests.registry.factories import PASSWORD, call, role, user
from tests.reports.control_house import LATER, Controlled

ISO = "iso-42001"
WEEK = dt.timedelta(days=7)


class Stating(Controlled):
    """A house of controls with a second officer, and somebody who owns gaps."""

    def __init__(self, **told):
        super().__init__(**told)
        self.second = user(of=self.unit, name="Rolf Riske", password=PASSWORD)
        role(self.second, "risk", unit=self.unit)
        self.writer = user(of=self.unit, name="Gerd Gap")

    def by(self, who, service, /, *, at=LATER, **arguments):
        """Call a service as somebody."""
        return call(service, actor=acting(who), at=at, **arguments)

    def drafted(self, lines=None, *, framework=ISO, at=LATER):
        """Return a draft of the officer, some lines of it written."""
        row = self.by(self.officer, draft_statement, framework=framework, at=at)
        return self.write(row, lines, at=at) if lines else row

    def write(self, row, lines, *, who=None, at=LATER):
        """Write lines of a draft: a text is the reason why a control does not apply."""
        said = {
            key: Line(applicable=False, reason=line) if isinstance(line, str) else line
            for key, line in lines.items()
        }
        return self.by(
            who or self.officer, write_statement, statement_id=row.pk, lines=said,
            expected_revision=row.revision, at=at,
        )  # fmt: skip

    def sign(self, row, *, who=None, sha256=None, at=LATER):
        """Sign a draft as the second officer."""
        fresh = ApplicabilityStatement.objects.get(pk=row.pk)
        return self.by(
            who or self.second, approve_statement, statement_id=row.pk,
            expected_sha256=sha256 or hash_payload(record_of(fresh)),
            reason="Read.", ceremony=ceremony(at), at=at,
        )  # fmt: skip

    def upload(self, provision, *, who=None, file=None, at=LATER, **changes):
        """Add a link, or a file, to a control."""
        given = {"title": "Minute of the review", "owner_id": self.officer.pk} | changes
        given |= {} if file else {"link": "https://example.org/minute"}
        return self.by(
            who or self.officer, add_control_upload, provision=provision,
            given=GivenUpload(**given), upload=file, at=at,
        )  # fmt: skip

    def gap(self, provision, *, owner=None, system=None, at=LATER, who=None, due_at=None):
        """Assign a gap to somebody, due in a week."""
        return self.by(
            who or self.officer, assign_gap, provision=provision,
            owner_id=(owner or self.writer).pk, due_at=due_at or at + WEEK,
            note="The file lies with legal.", system_id=system.pk if system else None, at=at,
        )  # fmt: skip
