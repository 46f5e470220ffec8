"""What was ordered: actions, their receipts, the windows that verify their effect."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from incidents.models import Action, ActionReceipt, VerificationWindow
from reports.collectors.words import label, name
from reports.rules.matters import ActionRecord, ReceiptRecord, WindowRecord


def actions(
    rows: Iterable[Action],
    proofs: Iterable[VerificationWindow],
    decisions: Mapping[object, str],
    as_of: datetime,
) -> list[ActionRecord]:
    """Return the actions in the order of cycle and position, each with its decision's number."""
    known = list(proofs)
    return [
        _action(
            row,
            [item for item in known if item.action_id == row.pk],
            decisions.get(row.decision_id, ""),
            as_of,
        )
        for row in rows
    ]


def _action(
    row: Action, proofs: list[VerificationWindow], decision: str, as_of: datetime
) -> ActionRecord:
    confirmed = row.confirmed_at is not None and row.confirmed_at <= as_of
    return ActionRecord(
        id=str(row.pk),
        cycle=row.cycle,
        decision=decision,
        position=row.position,
        type=row.get_type_display(),
        words=row.words,
        target_version=label(row.target_version),
        environment=row.environment,
        parameters=row.parameters,
        executor=row.executor.name,
        due_at=row.due_at,
        proof=row.get_proof_display(),
        stopping=row.stopping,
        state=row.state if confirmed or row.confirmed_at is None else Action.State.DISPATCHED,
        ordered_at=row.ordered_at,
        dispatched_at=row.dispatched_at,
        confirmed_at=row.confirmed_at if confirmed else None,
        confirmed_by=name(row.confirmed_by) if confirmed else "",
        confirmed_how=row.confirmed_how if confirmed else "",
        receipts=_receipts(row.receipts.all()),
        windows=windows(proofs),
    )


def windows(rows: Iterable[VerificationWindow]) -> list[WindowRecord]:
    """Return the verification windows."""
    return [
        WindowRecord(
            cycle=row.cycle,
            proof=row.get_proof_display(),
            rule=row.rule,
            series_id=row.series_id,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            extended=row.extended,
            outcome=row.outcome,
            judged_at=row.judged_at,
            superseded_at=row.superseded_at,
            figures=row.figures,
            forecast=row.forecast,
        )
        for row in rows
    ]


def _receipts(rows: Iterable[ActionReceipt]) -> list[ReceiptRecord]:
    return [
        ReceiptRecord(
            how=row.how,
            observed=row.observed,
            matches=row.matches,
            person=name(row.person),
            at=row.at,
            entry=row.entry_number,
        )
        for row in rows
    ]
