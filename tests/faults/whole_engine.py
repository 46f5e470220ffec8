"""The whole engine at work: people, bodies, engines and readings, each of which may do anything.

Every act may be refused; a refusal is a sentence with a code, anything else that is raised is a
defect of the engine and ends the test.
"""

import datetime as dt
from collections import Counter
from contextlib import ExitStack
from unittest import mock

from governance.services.cases import note_recovery, open_or_join
from governance.services.reports_by_hand import report_incident
from incidents.models import Action, Incident, VerificationWindow
from incidents.rules.plan import from_text
from incidents.rules.transitions import COMMANDS, sources_of
from incidents.selectors.attempts import attempt_of, people_who_can
from incidents.selectors.proofs import SETTLED
from ledger.context import acting_as
from ledger.models import Entry
from ledger.rules.actors import Actor
from ledger.rules.refusals import Refused
from ledger.services.checking import check_ledger
from ledger.services.sealing import seal
from outbox.services.sweeps import sweep
from tests.faults.engine_bodies import Bodies
from tests.faults.engine_checks import check_all, check_evidence, rows_of_everything
from tests.governance.organisation import breach
from tests.incidents.factory import AT, EVALUATOR, acting, do, usual_fields
from tests.net import watched
from tests.telemetry.factory import row, take

DAY = dt.timedelta(days=1)
PLACES = (
    "incidents.services.commands.recording.timers_of_move",
    "incidents.services.commands.recording.participate",
    "incidents.services.commands.recording._write",
    "incidents.services.commands.execution.notify",
    "incidents.services.commands.execution.followers_of",
)
SWEEP_PLACES = (
    "governance.services.escalations._write_down",
    "governance.services.escalations.tell_step",
    "governance.services.closings.write_resolution",
    "incidents.services.turn_firing._execute",
    "outbox.services.sweeps.deliver_due",
)
SEEN = {
    "suspend": {"serving": False},
    "retire": {"serving": False},
    "resume": {"serving": True},
    "restrict": {"restricted": True},
}


class Crash(BaseException):
    """The process dies here."""


def check_refusal(refusal):
    """Every no has a code, and a sentence that ends."""
    sentence = refusal.reason.strip()
    assert refusal.code, sentence
    assert " " in sentence, refusal.code
    assert sentence[-1] in ".?)…", f"{refusal.code}: {sentence}"


class World(Bodies):
    """One stage in its copy, an instant that only moves on, and what came of each act."""

    def __init__(self, stage):
        self.stage, self.house, self.at = stage, stage.house, AT
        self.last_reading = 0
        self.outcomes = Counter()
        self.steps = 0
        self._open = ExitStack()
        self._net = self._open.enter_context(watched(inside_transaction=False))

    # ------------------------------------------------------------ acting
    def attempt(self, words, act, **named):
        """Do something that may be refused, in a sentence; returns None where it was."""
        try:
            done = act(**named)
        except Refused as refusal:
            check_refusal(refusal)
            self.outcomes[f"{words}: {refusal.code}"] += 1
            return None
        self.outcomes[words] += 1
        return done

    def by(self, who, act, **named):
        """Let a person do something."""
        actor = who if isinstance(who, Actor) else acting(who)
        with acting_as(actor):
            return self.attempt(act.__name__, act, actor=actor, at=self.at, **named)

    def command(self, incident, name, who, **changes):
        """Let somebody give a command."""
        return self.attempt(name, do, incident=incident, command=name, by=who, at=self.at,
                            **changes)  # fmt: skip

    def person(self, number):
        """Somebody, by number."""
        return self.stage.people[number % len(self.stage.people)]

    def incident(self, number):
        """One of the newest four incidents."""
        rows = list(
            Incident.objects.select_related("system", "owner", "deputy").order_by("-number")[:4]
        )
        return rows[number % len(rows)]

    def able(self, name, incident):
        """Who may give a command now."""
        attempt = attempt_of(
            command=name, incident=incident, plan=from_text(incident.plan), actor=EVALUATOR,
            at=self.at, user=None,
        )  # fmt: skip
        return people_who_can(attempt)

    # ------------------------------------------------------------ readings
    def breaks(self, number, *, instant, worse):
        """A series breaches."""
        standing = self.stage.standings[number % len(self.stage.standings)]
        reading = breach(
            self.stage,
            standing_id=standing.pk,
            series_id=standing.series_id,
            segment=standing.series.segment,
            instant=instant,
            to_state="CRITICAL" if worse or instant else "WARNING",
            window_end=self.at,
        )
        return open_or_join(breaches=[reading], at=self.at)

    def recovers(self, number):
        """A standing is good again."""
        standing = self.stage.standings[number % len(self.stage.standings)]
        note_recovery(standing_ids=[standing.pk], at=self.at)

    def reads(self, value, most):
        """Readings of the days since the last one come in, at most so many."""
        today = (self.at - AT).days
        days = range(max(self.last_reading + 1, today - most + 1), today + 1)
        self.last_reading = max(self.last_reading, today)
        rows = [row(self.house.system, value, window_end=(AT + day * DAY).isoformat())
                for day in days]  # fmt: skip
        return take(rows, at=self.at) if rows else None

    def report(self, who, answers):
        """A person reports what they have seen."""
        names = ("person_harmed", "rights_affected", "personal_data", "critical_service")
        self.by(
            who, report_incident, system_id=self.house.system.pk, title="It refuses valid claims",
            seen="Twelve claims were refused.", seen_at=self.at - dt.timedelta(hours=3),
            known_by="", environment="production", **dict(zip(names, answers, strict=True)),
        )  # fmt: skip

    # ------------------------------------------------------------ the way through
    def advance(self, incident):
        """Take the next step of the usual way, by whoever may."""
        getattr(self, f"_at_{incident.state.lower()}")(incident)

    def _at_open(self, incident):
        self.command(incident, "acknowledge", incident.owner)

    def _at_investigating(self, incident):
        self.command(incident, "add_evidence", incident.deputy)
        self.command(incident, "submit_findings", incident.owner,
                     proposed_severity=incident.severity)  # fmt: skip

    def _at_validation(self, incident):
        for who in self.able("validate", incident)[:1]:
            self.command(incident, "validate", who)

    def _at_decision(self, incident):
        running = self.rounds().filter(incident=incident, matter="case").first()
        if running is None:
            self.motion(incident, "restrict", self.house.secretary)
        else:
            self.carry_through(running, "for")

    def _at_execution(self, incident):
        for action in Action.objects.filter(incident=incident).exclude(state__in=SETTLED):
            self.confirm(incident, action)

    def _at_verification(self, incident):
        self._at_execution(incident)
        for window in VerificationWindow.objects.filter(incident=incident, outcome="RUNNING"):
            for who in self.able("confirm_proof", incident)[:1]:
                self.command(incident, "confirm_proof", who, window_id=window.pk)
        for who in self.able("close", incident)[:1]:
            self.command(incident, "close", who)

    def _at_risk_accepted(self, incident):
        for who in self.able("risk_removed", incident)[:1]:
            self.command(incident, "risk_removed", who)

    def _at_closed(self, incident):
        for who in self.able("reopen", incident)[:1]:
            self.command(incident, "reopen", who)

    def _at_cancelled(self, incident):
        self.command(incident, "reopen", self.house.compliance)

    def confirm(self, incident, action):
        """A witness saw an action carried out."""
        version = action.target_version
        seen = SEEN.get(action.type, {"done": True})
        if version is not None:
            seen = {"version": version.label, "digest": version.named_by}
        for who in self.able("confirm_action", incident)[:1]:
            self.command(incident, "confirm_action", who, action_id=action.pk, observed=seen)

    # ------------------------------------------------------------ commands
    def possible(self, incident, number):
        """One of the commands that the state allows and a person may give."""
        names = [
            name
            for name, command in COMMANDS.items()
            if incident.state in sources_of(name) and not command.by_engine_only
        ]
        return names[number % len(names)] if names else None

    def give(self, incident, number, who):
        """Somebody who may gives one of the commands that are possible."""
        name = self.possible(incident, number)
        able = self.able(name, incident) if name else []
        if able:
            self.command(incident, name, able[who % len(able)])

    # ------------------------------------------------------------ time and crashes
    def sweep(self):
        """One sweep: no timer and no job of it fails."""
        report = sweep(at=self.at)
        assert report.failed == 0
        broken = [name for name, done in report.jobs.items() if done < 0]
        assert broken == []

    def crash(self, incident, place, number, who):
        """A command dies in its middle, or is refused: nothing of it remains."""
        name = self.possible(incident, number)
        able = self.able(name, incident) if name else []
        if not able:
            return
        fields, person = usual_fields(name, incident, at=self.at), able[who % len(able)]
        before = rows_of_everything()
        if self.dies(place, lambda: do(incident, name, person, at=self.at, fields=fields)):
            after = rows_of_everything()
            left = {table: count for table, count in after.items() if count != before[table]}
            assert left == {}, f"after a crash of {name} in {place}: {left}"

    def dies(self, place, act):
        """Let the process die where it gets to a place; whether it did, or was refused before."""
        with mock.patch(place, side_effect=Crash):
            try:
                act()
            except Crash:
                self.outcomes["crashed"] += 1
            except Refused:
                self.outcomes["refused before the crash"] += 1
            else:
                return False
        return True

    def crash_in_sweep(self, place):
        """A sweep dies in its middle; the next one does what it had not done."""
        self.dies(place, lambda: sweep(at=self.at))
        self.sweep()

    # ------------------------------------------------------------ looking
    def look(self):
        """Check everything that must hold after a step."""
        self.steps += 1
        check_all(self.at)
        check_evidence(self.steps)

    def end(self):
        """Seal, verify the chain, look for changes that no entry tells of."""
        try:
            seal(at=self.at)
            report = check_ledger()
            assert [claim.words for claim in report.failed] == []
            assert report.size == Entry.objects.count() > 0
            assert self._net.untold() == []
        finally:
            self._open.close()

    def drop(self):
        """Leave without looking, after a failure."""
        self._open.close()
