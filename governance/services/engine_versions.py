"""The engine's version: a newer program takes over, an older one stops; both are on record."""

from datetime import datetime

from django.db import IntegrityError, transaction

from governance.models import EngineBeat, EngineVersion
from governance.selectors.engine import number_in_force
from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.services.entries import append_entry
from outbox.engine import OldEngine

NUMBER = 1
"""Raised with every change of what a timer, a plan or a firing means; never for anything else."""


@transaction.atomic
def take_over(*, process: str, at: datetime) -> int:
    """Let this program's engine be the one that runs, and return its number.

    Called when web, worker or sweep begins. Raises OldEngine where a newer one runs already.
    """
    in_force = number_in_force()
    require_newest()
    if in_force == NUMBER:
        return NUMBER
    _write(process, at)
    return NUMBER


def require_newest() -> None:
    """Return if no newer engine has taken over. Raises OldEngine: stop, and start the new one."""
    in_force = number_in_force()
    if in_force > NUMBER:
        raise OldEngine(
            f"engine {in_force} has taken over and this program is engine {NUMBER}: it fires "
            "nothing. Stop it and start the newer one."
        )


def note_beat(*, process: str, at: datetime, found: list[str] | None = None) -> None:
    """Write down that a process lives, and what it found wrong."""
    found = found or []
    EngineBeat.objects.update_or_create(
        process=process, defaults={"at": at, "ok": not found, "found": found}
    )


def beat_of_sweep(at: datetime) -> int:
    """The sweep's own beat, once a round."""
    note_beat(process="sweep", at=at)
    return 0


def _write(process: str, at: datetime) -> None:
    """Write that this engine took over; of two at once one writes, the other finds it."""
    engine = machine(process, kind="command", channel="command")
    try:
        with transaction.atomic(), acting_as(engine):
            row = EngineVersion(number=NUMBER, process=process, taken_at=at)
            row.entry_number = append_entry(
                verb="engine.taken_over",
                actor=engine,
                at=at,
                subject=("engine", str(NUMBER), f"engine {NUMBER}"),
                details={"process": process},
            )
            row.save(force_insert=True)
    except IntegrityError:
        if number_in_force() < NUMBER:
            raise
