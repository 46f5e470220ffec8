"""What the demo's board reads: sourced factors, a report of the last quarter, a review in draft."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from config.story.measured import Told
from config.story.readiness import WHY
from ledger.context import acting_as
from registry.selectors.law import seat_day
from registry.services.signatures import Ceremony
from reports.models import Report
from reports.rules.quarters import Quarter, quarter_of
from reports.selectors.board import hash_of
from reports.services.board import begin_report, issue_report, write_narrative
from reports.services.factors import Given, approve_factor, draft_factor

SAID = ("measures", "direction", "words", "source", "source_words", "currency")


def tell_the_board(told: Told, data: Mapping[str, Any]) -> None:
    """Put the factors in force, issue the report of the quarter that is over, begin a review."""
    running = quarter_of(seat_day(told.at))
    for one in data["factors"]:
        _factor(told, one, running.before)
    board = _written(told, data["board"], kind="board", quarter=running.before)
    _issue(told, data["board"], board)
    of = told.system(data["review"]["system"]).pk
    _written(told, data["review"], kind="review", quarter=running, system_id=of)


def _factor(told: Told, data: Mapping[str, Any], since: Quarter) -> None:
    """Draft a factor from the beginning of a quarter; in force where somebody approved it."""
    given = Given(
        amount=Decimal(data["amount"]),
        valid_from=since.first_day,
        **{name: data[name] for name in SAID if name in data},
    )
    author = told.person(data["author"])
    with acting_as(author):
        row = draft_factor(
            kpi_id=data["kpi"], given=given, system_id=told.system(data["system"]).pk,
            actor=author, at=told.at,
        )  # fmt: skip
    if "approver" in data:
        approver = told.person(data["approver"])
        with acting_as(approver):
            approve_factor(factor_id=row.pk, reason=data["reason"], actor=approver, at=told.at)


def _written(told: Told, data: Mapping[str, Any], **about: Any) -> Report:
    """Begin a report with its figures and write what is told beside them."""
    author = told.person(data["author"])
    with acting_as(author):
        row = begin_report(**about, actor=author, at=told.at)
        return write_narrative(
            report_id=row.pk, given=data["narrative"], expected_version=row.version,
            actor=author, at=told.at,
        )  # fmt: skip


def _issue(told: Told, data: Mapping[str, Any], row: Report) -> None:
    issuer = told.person(data["issuer"])
    with acting_as(issuer):
        issue_report(
            report_id=row.pk, expected_sha256=hash_of(row), reason=data["reason"],
            ceremony=Ceremony(WHY, told.at, "", ""), actor=issuer, at=told.at,
        )  # fmt: skip
