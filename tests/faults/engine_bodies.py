"""What bodies and people do while the whole engine is at work (see whole_engine.py)."""

import datetime as dt
import uuid

from governance.models import Decision, EscalationFiring
from governance.services.acknowledgements import acknowledge_step
from governance.services.ballots import cast_ballot
from governance.services.casting import cast_casting
from governance.services.closings import close_round
from governance.services.committees import SeatPlan, fill_seat
from governance.services.electorates import activate_substitute, declare_recusal
from governance.services.motions import propose_motion, withdraw_motion
from governance.services.recusals import answer_recusal, ask_recusal
from governance.services.rounds import convene, send_up
from incidents.models import Containment
from registry.models import RoleAssignment
from registry.services.delegations import record_delegation, record_leave
from registry.services.roles import end_role, grant_role
from tests.incidents.factory import ceremony
from tests.incidents.factory import terms as acceptance_terms

DAY = dt.timedelta(days=1)
CONDITION = {"text": "A clerk reads every tenth claim.", "due": "10bd", "on_overdue": "escalate"}


class Bodies:
    """Acts of the committee and changes among people; the rest is the world's."""

    # ------------------------------------------------------------ the committee
    def rounds(self):
        """What is drafted or open, the oldest first."""
        return Decision.objects.filter(state__in=("draft", "open")).order_by("created_at", "number")

    def round(self, number):
        """One of them."""
        rows = list(self.rounds()[:4])
        return rows[number % len(rows)] if rows else None

    def leader(self, decision):
        """Who leads the body, as far as names go."""
        leaders = {
            "committee": self.stage.seats[0][0],
            "executive": self.house.executive,
            "board": self.stage.named("Board one"),
        }
        return leaders.get(decision.committee.level, self.house.secretary)

    def motion(self, incident, kind, who, *, procedure="written"):
        """Somebody puts a motion of a kind."""
        self.by(
            who, propose_motion, incident_id=incident.pk, title=f"Let us {kind}",
            reason="It fits the findings.", procedure=procedure,
            conditions=[CONDITION] if kind in ("continue", "suspend") else [],
            actions=[self.action(incident, kind)], supersedes_id=self.decided(incident, kind),
        )  # fmt: skip

    def decided(self, incident, kind):
        """Which decision a revocation is about."""
        if kind != "revoke":
            return None
        adopted = Decision.objects.filter(incident=incident, state=Decision.State.ADOPTED)
        return adopted.values_list("pk", flat=True).last() or uuid.uuid4()

    def action(self, incident, kind):
        """An action of a kind with what it must say."""
        contained = Containment.objects.filter(incident=incident).order_by("at").last()
        which = {"containment_id": str(contained.pk if contained else uuid.uuid4())}
        parameters = {
            "retrain": {"criteria": "Recall above 0.95."},
            "adjust": {"change": "The cut-off goes from 0.5 to 0.6."},
            "exception": {
                "rule": "No release on Fridays", "controls": "A person looks.",
                "until_at": (self.at + 20 * DAY).isoformat(),
            },
            "accept_risk": acceptance_terms(incident, at=self.at),
            "request_information": {"questions": ["How many forms?"]},
            "ratify": which,
            "lift": which,
        }  # fmt: skip
        found = {
            "type": kind, "words": f"Let us {kind}.", "parameters": parameters.get(kind, {}),
            "executor_id": str(self.house.engineer.pk),
        }  # fmt: skip
        if kind in ("rollback", "pin"):
            found["target_version"] = str(self.house.good.pk)
        if kind in ("restrict", "rollback", "suspend", "adjust", "inform"):
            found["proof"] = "document"
        return found

    def convene(self, decision, who, *, urgent=False):
        """Somebody opens a round."""
        self.by(who, convene, decision_id=decision.pk, closes_in=None, urgent=urgent)

    def vote(self, decision, who, choice, *, final=False):
        """Somebody votes."""
        self.by(
            who, cast_ballot, decision_id=decision.pk, vote=choice, reason="", final=final,
            ceremony=ceremony(self.at), idempotency_key=None,
            expected_motion_sha256=decision.motion_sha256,
        )  # fmt: skip

    def everybody(self, decision, choice):
        """Everybody who sits votes the same, once the round has opened."""
        if decision.opens_at is not None:
            self.at = max(self.at, decision.opens_at)
        for seat in decision.electors.select_related("seated").exclude(seated=None):
            self.vote(decision, seat.seated, choice)

    def carry_through(self, decision, choice):
        """A draft is convened on, an open round voted on and closed."""
        if decision.state == Decision.State.DRAFT:
            self.convene(decision, self.leader(decision))
            return
        self.everybody(decision, choice)
        self.close(decision, self.leader(decision))

    def decide(self, incident, kind, choice):
        """A motion of a kind, from its draft to its count."""
        self.motion(incident, kind, self.house.secretary)
        for _ in range(2):
            running = self.rounds().filter(incident=incident).last()
            if running is not None:
                self.carry_through(running, choice)

    def close(self, decision, who):
        """Somebody closes a round and certifies it."""
        self.by(who, close_round, decision_id=decision.pk, ceremony=ceremony(self.at))

    def round_act(self, name, decision, who, number, choice):
        """Any other act on a round, by anybody."""
        asked = decision.recusal_requests.filter(state="asked").first()
        acts = {
            "convene": (convene, {"closes_in": None, "urgent": number % 2 == 0}),
            "vote": (
                cast_ballot,
                {
                    "vote": choice, "reason": "", "final": number % 4 == 0,
                    "ceremony": ceremony(self.at), "idempotency_key": None,
                    "expected_motion_sha256": decision.motion_sha256,
                },
            ),
            "close": (close_round, {"ceremony": ceremony(self.at)}),
            "recuse": (declare_recusal, {"reason": "My brother sells it."}),
            "recuse another": (
                declare_recusal, {"reason": "Her brother sells it.", "person_id": who.pk},
            ),
            "ask recusal": (ask_recusal, {"reason": "I know the claimant."}),
            "answer recusal": (
                answer_recusal,
                {"request_id": asked.pk if asked else 0, "accept": True, "reason": "So be it."},
            ),
            "substitute": (
                activate_substitute, {"seat_number": number % 8, "reason": "Away."},
            ),
            "send up": (send_up, {"reason": "It is too big for us."}),
            "withdraw": (withdraw_motion, {"reason": "Put badly."}),
            "casting": (
                cast_casting,
                {
                    "vote": choice, "reason": "Somebody must.", "ceremony": ceremony(self.at),
                    "expected_motion_sha256": decision.motion_sha256,
                },
            ),
        }  # fmt: skip
        act, named = acts[name]
        actor = self.leader(decision) if name == "recuse another" else who
        self.by(actor, act, decision_id=decision.pk, **named)

    # ------------------------------------------------------------ people
    def grant(self, who, role):
        """The administrator gives a role."""
        self.by(
            self.stage.named("Administrator"), grant_role, user_id=who.pk, role=role,
            unit_id=self.house.unit.pk, reason="Asked for.",
        )  # fmt: skip

    def lose(self, number):
        """The administrator ends somebody's role."""
        rows = list(RoleAssignment.objects.filter(unit=self.house.unit).order_by("pk"))
        self.by(
            self.stage.named("Administrator"), end_role,
            assignment_id=rows[number % len(rows)].pk, reason="Left the line.",
        )  # fmt: skip

    def goes_away(self, who, days):
        """Somebody is on leave from now on."""
        self.by(who, record_leave, user_id=who.pk, from_at=self.at,
                until_at=self.at + days * DAY)  # fmt: skip

    def delegates(self, who, to, days):
        """Somebody lets another act for them."""
        self.by(
            who, record_delegation, principal_id=who.pk, delegate_id=to.pk, from_at=self.at,
            until_at=self.at + days * DAY, reason="On leave.",
        )  # fmt: skip

    def moves_seat(self, number, who, to):
        """A seat of the committee goes to somebody else."""
        row = self.stage.committee.seats.filter(until_at=None).order_by("number")[number % 3]
        self.by(
            self.stage.named("Administrator"), fill_seat, committee_id=self.stage.committee.pk,
            number=row.number,
            seat=SeatPlan(
                function=row.function, person_id=who.pk, substitute_id=to.pk, chair=row.chair,
                vice_chair=row.vice_chair,
            ),
        )  # fmt: skip

    def has_it(self, number):
        """Somebody says of a step that they have it."""
        rows = list(EscalationFiring.objects.exclude(recipients=[]).order_by("-pk")[:5])
        if rows:
            firing = rows[number % len(rows)]
            who = next(
                one for one in self.stage.people if str(one.pk) == firing.recipients[0]["person"]
            )
            self.by(who, acknowledge_step, incident_id=firing.incident_id, rule=firing.rule,
                    step=firing.step)  # fmt: skip
