"""The next round of a motion: a copy with a number and a hash of its own."""

from datetime import datetime
from uuid import uuid4

from governance.models import Committee, Decision, MotionAction
from governance.services.engine import RETURNING_OFFICER
from governance.services.motion_records import call_members, record_motion, write_motion


def copy_round(
    *, decision: Decision, committee: Committee, at: datetime, level_words: str = ""
) -> Decision:
    """Return a new draft of the same motion for the next round, with a hash of its own."""
    rows = list(decision.motion_actions.select_related("target_version", "executor"))
    number = f"{decision.number.partition('.')[0]}.{decision.round + 1}"
    following = Decision(
        id=uuid4(),
        number=number,
        incident=decision.incident,
        cycle=decision.cycle,
        round=decision.round + 1,
        committee=committee,
        matter=decision.matter,
        about=decision.about,
        supersedes=decision.supersedes,
        edits=decision.edits,
        least_majority=decision.least_majority,
        level_words=level_words or decision.level_words,
        title=decision.title,
        reason=decision.reason,
        conditions=decision.conditions,
        procedure=decision.procedure,
        findings_sha256=decision.findings_sha256,
        proposed_by_id=decision.proposed_by_id,
        created_at=at,
    )
    copies = [_copy(row, following) for row in rows]
    write_motion(following, copies, decision.incident)
    following.save(force_insert=True, at=at)
    MotionAction.objects.bulk_create(copies)
    call_members(decision=following, at=at)
    record_motion(
        "motion.drafted",
        following,
        RETURNING_OFFICER,
        at,
        reason=f"round {following.round} after motion {decision.number}",
    )
    return following


def rounds_held(decision: Decision) -> int:
    """How many rounds this motion has had at this level; a voided one is no lapse (KOM-09)."""
    base = decision.number.partition(".")[0]
    held = Decision.objects.filter(
        incident=decision.incident, cycle=decision.cycle, committee=decision.committee
    ).exclude(state=Decision.State.VOID)
    return sum(number.partition(".")[0] == base for number in held.values_list("number", flat=True))


def _copy(row: MotionAction, decision: Decision) -> MotionAction:
    return MotionAction(
        decision=decision,
        position=row.position,
        type=row.type,
        words=row.words,
        target_version=row.target_version,
        executor=row.executor,
        due=row.due,
        proof=row.proof,
        parameters=row.parameters,
    )
