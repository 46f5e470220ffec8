"""The whole engine under any sequence of acts: commands, rounds, readings, clocks, crashes, people.

Workflow, 'Whole-engine test': after every step the invariants I2-I4, I8 and I9 hold, something is
armed for every open incident, nobody holds two parts that must be two persons (F12), replaying the
transitions gives the incident, every refusal is a sentence; at the end the chain verifies and every
change is told of by an entry of its own transaction. Nothing stands in for the database: each
example works, and commits, in a copy of an organisation's database.
"""

import datetime as dt
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from governance.rules.motion_kinds import KINDS as MOTIONS
from incidents.rules.transitions import COMMANDS
from tests.faults.stages import KINDS, Stages
from tests.faults.whole_engine import PLACES, SWEEP_PLACES, World
from tests.incidents.factory import EVALUATOR

HOURS = (0.2, 1, 5, 24, 72, 24 * 8, 24 * 31, 24 * 100)
ROLES = ("compliance", "risk", "executive", "engineer", "secretary", "emergency", "board")
ENGINE = ("raise_severity", "join_breach", "note_recovery", "deem_aware", "begin_verification",
          "verification_failed", "inconclusive", "attempt_failed")  # fmt: skip
PEOPLE = ("grant", "lose", "leave", "delegate", "seat")
ROUND_ACTS = ("convene", "vote", "close", "recuse", "recuse another", "ask recusal",
              "answer recusal", "substitute", "send up", "withdraw", "casting")  # fmt: skip
some = st.integers(0, 30)
which = st.integers(0, 3)
choices = st.sampled_from(["for", "for", "against", "abstain"])
leading = st.none() | some
kinds_of_motion = st.sampled_from(sorted(MOTIONS))
answers = st.lists(st.sampled_from(["no", "no", "yes", "unknown"]), min_size=4, max_size=4)


class Engine(RuleBasedStateMachine):
    """Anything in any order."""

    stages: Stages
    kinds = KINDS
    seen: Counter[str] = Counter()

    def __init__(self):
        super().__init__()
        self.world = None
        self.passed = False

    @initialize(
        number=st.integers(0, len(KINDS) - 1), instant=st.booleans(), steps=st.integers(0, 9)
    )
    def begin(self, number, instant, steps):
        self.world = World(self.stages.begin(*self.kinds[number % len(self.kinds)]))
        self.world.breaks(0, instant=instant, worse=True)
        for _ in range(steps):
            self.world.advance(self.world.incident(0))

    # readings and reports
    @rule(number=which, instant=st.booleans(), worse=st.booleans())
    def breaks(self, number, instant, worse):
        self.world.breaks(number, instant=instant, worse=worse)

    @rule(number=which)
    def recovers(self, number):
        self.world.recovers(number)

    @rule(value=st.sampled_from([0.97, 0.97, 0.91, 0.7, None]), most=st.integers(1, 5))
    def reads(self, value, most):
        self.world.reads(value, most)

    @rule(who=some, answers=answers)
    def reports(self, who, answers):
        self.world.report(self.world.person(who), answers)

    # commands
    @rule(incident=which, steps=st.integers(1, 6))
    def advances(self, incident, steps):
        for _ in range(steps):
            self.world.advance(self.world.incident(incident))

    @rule(incident=which, number=some, who=some)
    def able_person(self, incident, number, who):
        self.world.give(self.world.incident(incident), number, who)

    @rule(incident=which, number=some, who=some)
    def able_person_again(self, incident, number, who):
        self.world.give(self.world.incident(incident), number, who)

    @rule(incident=which, name=st.sampled_from(sorted(COMMANDS)), who=some,
          behalf=st.none() | some)  # fmt: skip
    def anybody(self, incident, name, who, behalf):
        principal = None if behalf is None else self.world.person(behalf).pk
        found = self.world.incident(incident)
        if name != "open":
            self.world.command(found, name, self.world.person(who), on_behalf_of=principal)

    @rule(incident=which, name=st.sampled_from(ENGINE))
    def engine(self, incident, name):
        self.world.command(self.world.incident(incident), name, EVALUATOR)

    # the committee
    @rule(incident=which, kind=kinds_of_motion, who=leading)
    def motion(self, incident, kind, who):
        person = self.world.house.secretary if who is None else self.world.person(who)
        self.world.motion(self.world.incident(incident), kind, person)

    @rule(incident=which, kind=kinds_of_motion, choice=choices)
    def decides(self, incident, kind, choice):
        self.world.decide(self.world.incident(incident), kind, choice)

    @rule(number=which, choice=choices)
    def counts(self, number, choice):
        if (decision := self.world.round(number)) is not None:
            self.world.carry_through(decision, choice)

    @rule(name=st.sampled_from(ROUND_ACTS), number=which, who=leading, seat=some, choice=choices)
    def acts_on_a_round(self, name, number, who, seat, choice):
        if (decision := self.world.round(number)) is not None:
            person = self.world.leader(decision) if who is None else self.world.person(who)
            self.world.round_act(name, decision, person, seat, choice)

    # people
    @rule(what=st.sampled_from(PEOPLE), who=some, to=some, days=st.sampled_from([1, 5, 40]))
    def people_change(self, what, who, to, days):
        one, other = self.world.person(who), self.world.person(to)
        if what == "grant":
            self.world.grant(one, ROLES[to % len(ROLES)])
        elif what == "lose":
            self.world.lose(to)
        elif what == "leave":
            self.world.goes_away(one, days)
        elif what == "delegate":
            self.world.delegates(one, other, days)
        else:
            self.world.moves_seat(days, one, other)

    @rule(number=some)
    def has_it(self, number):
        self.world.has_it(number)

    # time and crashes
    @rule(hours=st.sampled_from(HOURS), swept=st.booleans())
    def time_passes(self, hours, swept):
        self.world.at += dt.timedelta(hours=hours)
        if swept:
            self.world.sweep()

    @rule()
    def sweeps(self):
        self.world.sweep()

    @rule(incident=which, place=st.sampled_from(PLACES), number=some, who=some)
    def crashes(self, incident, place, number, who):
        self.world.crash(self.world.incident(incident), place, number, who)

    @rule(place=st.sampled_from(SWEEP_PLACES))
    def sweep_crashes(self, place):
        self.world.crash_in_sweep(place)

    # what holds
    @precondition(lambda self: self.world is not None)
    @invariant()
    def holds(self):
        self.passed = False
        self.world.look()
        self.passed = True

    def teardown(self):
        try:
            if self.world is not None and self.passed:
                self.world.end()
        finally:
            if self.world is not None:
                self.world.drop()
                self.seen.update(self.world.outcomes)
            self.stages.end()


@pytest.fixture
def engine(server, template, django_db_setup, django_db_blocker, tmp_path):
    """The machine, with stages of its own, and what it counted."""
    with django_db_blocker.unblock():
        stages = Stages(server, template, tmp_path)
        yield type("Engine", (Engine,), {"stages": stages, "seen": Counter()})
        stages.close()


QUICK = settings(
    max_examples=10,
    stateful_step_count=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
LONG = settings(QUICK, max_examples=25, stateful_step_count=50, derandomize=False)
BATCHES = 4


def test_whatever_happens_the_invariants_hold(engine):
    engine.kinds = KINDS[:1]

    run_state_machine_as_test(engine, settings=QUICK)

    assert engine.seen["acknowledge"] > 0


@pytest.mark.full
@pytest.mark.parametrize("batch", range(BATCHES))
def test_whatever_happens_for_long_the_invariants_hold(engine, capsys, batch):
    run_state_machine_as_test(seed(batch)(engine), settings=LONG)

    assert engine.seen["close"] > 0
    with capsys.disabled():
        print(sorted(engine.seen.items()))
