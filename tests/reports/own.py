"""Frameworks of one's own, beside the house of controls."""

from pathlib import Path

from reports.services.own_frameworks import approve_framework, bring_framework
from tests.reports.control_house import LATER
from tests.reports.stated import Stating

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "own-framework.yaml"
SHORT = """
id: short-rules
name: Short rules
edition: '1'
controls:
  - id: S1
    title: Systems are known
    text: Each of them stands in the register.
    wants: [registry_record]
    owner: owner
"""


class Bringing(Stating):
    """A house of controls whose officers bring frameworks and put them into force."""

    def bring(self, text=SHORT, *, who=None, at=LATER):
        """Bring a text as the first officer."""
        return self.by(
            who or self.officer, bring_framework, text=text, reason="Decided by the board.", at=at
        )

    def approve(self, row, *, who=None, sha256=None, at=LATER):
        """Put a version into force as the second officer."""
        return self.by(
            who or self.second, approve_framework, version_id=row.pk,
            expected_sha256=sha256 or row.sha256, reason="Read line by line.", at=at,
        )  # fmt: skip

    def stand(self, text=SHORT, *, at=LATER):
        """Return a version that is in force."""
        return self.approve(self.bring(text, at=at), at=at)
