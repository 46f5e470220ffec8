"""Evidence packs: asked for, built in the background, downloaded; each is a ledger entry."""

from datetime import datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.rules.worded import as_moment, term, worded
from ledger.selectors.lines import newest_number
from ledger.selectors.past import as_it_was
from ledger.services.entries import append_entry
from outbox.services.hints import nudge
from registry.models import User
from reports.models import Pack
from reports.rules.asked import Wanted
from reports.selectors.pack_rights import refusal_for_pack
from reports.services.wanted import Of, matter_wanted

JOB = "packs"
NUMBERING = 4_201_007  # the advisory lock under which packs are numbered


@transaction.atomic
def request_pack(
    *,
    wanted: Wanted,
    since: datetime | None,
    until: datetime | None,
    actor: Actor,
    at: datetime,
    as_of: datetime | None = None,
) -> Pack:
    """Ask for a pack of [since, until), as the record was at `as_of`, else now.

    An end that lies later is cut to that instant. An incident file and the pack of an authority's
    request know their own period where none is given. Raises Invalid for a period that runs
    backwards or has not begun, for an instant to come or before what it is about, and for kinds
    and things that do not fit; Missing for what is not there, Forbidden for who may not.
    """
    person = _person(actor, wanted)
    of = matter_wanted(wanted, person=person, at=at, as_of=as_of)
    _check_instant(as_of, of, at)
    since, until = since or of.since, min(until or of.until or at, as_of or at)
    if since is None or since >= until:
        raise Invalid(
            "bad_period",
            "The period must begin before it ends, and before now.",
            fields={"since": "must lie before the end of the period and before now"},
        )
    pack = Pack(
        number=_next_number(at),
        kind=wanted.kind,
        recipient=wanted.recipient,
        **of.columns,
        since=since,
        until=until,
        as_of=as_of,
        requested_by=User.objects.get(pk=person),
        requested_at=at,
        newest_entry=_newest(as_of),
    )
    pack.request_entry = _record("pack.requested", pack, actor, at, _asked(pack))
    pack.save(force_insert=True)
    nudge(JOB)
    return pack


@transaction.atomic
def request_again(*, pack_id: UUID, actor: Actor, at: datetime) -> Pack:
    """Let a pack that failed be built once more, of the same scope. Raises Conflict, Forbidden."""
    pack = Pack.objects.select_for_update(no_key=True).get(pk=pack_id)
    _allowed(pack, actor, at)
    if pack.state != Pack.State.FAILED:
        raise Conflict(
            "pack_not_failed",
            worded(
                "{number} is {state}; only a failed pack starts anew.",
                number=pack.number,
                state=term(pack.get_state_display(), lowered=True),
            ),
            extra={"state": pack.state},
        )
    pack.state, pack.attempts, pack.leased_until = Pack.State.QUEUED, 0, None
    pack.failure, pack.step, pack.part, pack.progress = "", "", "", 0
    pack.checkpoint_size, pack.waits_for = None, ""
    pack.save()
    _record("pack.requested_again", pack, actor, at, {})
    nudge(JOB)
    return pack


@transaction.atomic
def download_pack(*, pack_id: UUID, actor: Actor, at: datetime) -> Path:
    """Put the download on record and return where the file lies. Raises Conflict, Forbidden."""
    pack = Pack.objects.select_related("unit").get(pk=pack_id)
    _allowed(pack, actor, at)
    if pack.state != Pack.State.READY:
        raise Conflict(
            "pack_not_ready",
            worded(
                "{number} is {state}: nothing to download yet.",
                number=pack.number,
                state=term(pack.get_state_display(), lowered=True),
            ),
            extra={"state": pack.state, "progress": pack.progress},
        )
    path = Path(settings.MEDIA_ROOT) / pack.path
    if not path.exists():
        raise Conflict(
            "pack_file_gone",
            worded(
                "The file of {number} is no longer on this server. Ask for the pack anew.",
                number=pack.number,
            ),
        )
    details: dict[str, object] = {"sha256": pack.sha256, "recipient": pack.recipient}
    _record("pack.downloaded", pack, actor, at, details)
    return path


def _allowed(pack: Pack, actor: Actor, at: datetime) -> None:
    """Refuse who may not have this pack. Raises Forbidden."""
    person = _person(actor, Wanted())
    refusal = refusal_for_pack(user_id=person, pack=pack, at=at)
    if refusal is not None:
        raise refusal


def _person(actor: Actor, wanted: Wanted) -> UUID:
    """Return the person who answers for a pack. Raises Forbidden for a token."""
    if actor.person is None:
        raise Forbidden(
            "person_needed",
            "A service token cannot have an evidence pack: a person answers for it.",
            recorded=True,
            subject=("pack", wanted.kind, f"a pack of the kind {wanted.kind}"),
        )
    return actor.person


def _next_number(at: datetime) -> str:
    """Return the next number of the year, under a lock that lasts until the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBERING])
    prefix = f"EP-{at.astimezone(ZoneInfo(settings.SEAT_ZONE)).year}-"
    newest = (
        Pack.objects.filter(number__startswith=prefix)
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
    )
    count = int(newest.removeprefix(prefix)) if newest else 0
    return f"{prefix}{count + 1:05}"


def _asked(pack: Pack) -> dict[str, object]:
    told: dict[str, object] = {
        "since": pack.since,
        "until": pack.until,
        "kind": pack.kind,
        "breadth": pack.breadth,
        "recipient": pack.recipient,
        "systems": len(pack.systems),
    }
    return told | ({"as_of": pack.as_of} if pack.as_of else {})


def _check_instant(as_of: datetime | None, of: Of, at: datetime) -> None:
    if as_of is None:
        return
    begins = of.begins or as_of
    if begins <= as_of <= at:
        return
    words = (
        "This has not come yet: a pack shows the record as it was."
        if as_of > at
        else worded(
            "{of_label} was {begun} on {begins} only.",
            of_label=of.label,
            begun=term(of.begun),
            begins=as_moment(f"{begins:%d %B %Y %H:%M} UTC", at=begins, form="INSTANT_WORDS_ZONED"),
        )
    )
    raise Invalid("bad_instant", words, fields={"as_of": words})


def _newest(as_of: datetime | None) -> int:
    """The newest entry that the pack may know."""
    if as_of is None:
        return newest_number()
    with as_it_was(as_of):
        return newest_number()


def _record(verb: str, pack: Pack, actor: Actor, at: datetime, details: dict[str, object]) -> int:
    return append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("pack", str(pack.pk), pack.number),
        system_id=pack.system_id,
        details=details,
        touched=[f"reports_pack:{pack.pk}"],
    )
