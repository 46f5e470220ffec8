"""The page of an incident: the case file and who may act on it."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from governance.selectors.cases import state_of_cause
from governance.selectors.mismatches import decisions_of as decisions_by_answerer
from governance.selectors.pages.acceptances import accepted_of
from governance.selectors.pages.acts import Acts, acts_of
from governance.selectors.pages.bodies import body_words
from governance.selectors.pages.comments import comments_near
from governance.selectors.pages.drafted import Draft, draft_of
from governance.selectors.pages.held import held_of
from governance.selectors.pages.news import News, news_since
from governance.selectors.pages.notes import notes_seen
from governance.selectors.pages.papers import Papers, papers_of
from governance.selectors.pages.pictures import picture
from governance.selectors.pages.proofs import actions_of, clocks_of, proofs_of
from governance.selectors.pages.record import entries_of, told
from governance.selectors.pages.sections import (
    assessment_of,
    decisions_of,
    findings_of,
    reviews_of,
)
from governance.selectors.pages.stages import Parts, stages_of
from governance.selectors.pages.subjects import events_of_case, subject_of
from governance.selectors.pages.together import together_with
from governance.selectors.pages.told import tickets_on, told_of
from governance.selectors.pages.turns import turns_of
from incidents.models import Incident
from incidents.rules.plan import FrozenPlan, from_text
from incidents.rules.segregation import clash
from incidents.rules.states import ENDED
from incidents.rules.summaries import summary_told
from incidents.selectors.cast import Cast
from incidents.selectors.notes import may_write_with
from incidents.selectors.visibility import incidents_visible_to
from ledger.rules.worded import term, word
from ledger.selectors.lines import lines_of_incident
from registry.models import User
from telemetry.models import Series

DRAWN = 26
SHORT_RECORD = 25
LONG_RECORD = 2000
STANDINGS = {"NO_DATA": "none"}


class Case:
    """One incident as one reader sees it at an instant: what the page and its forms are made of.

    Without `may_act` it is only shown, as for an instant that has passed: nobody is asked for
    anything, and the reader is named like everybody else. `visible` are the incidents that the
    reader sees, where the caller knows them.
    """

    def __init__(
        self,
        *,
        incident: Incident,
        reader: User,
        at: datetime,
        may_act: bool = True,
        visible: QuerySet[Incident] | None = None,
    ) -> None:
        self.incident = incident
        self.reader = reader
        self.at = at
        self.may_act = may_act
        self.visible = visible
        self.zone = ZoneInfo(reader.zone)
        self.plan: FrozenPlan = from_text(incident.plan)
        self.cast = Cast(incident, at)
        self.papers: Papers = papers_of(incident=incident, plan=self.plan)
        self.acts: Acts = self._acts() if may_act else Acts(None)

    def _acts(self) -> Acts:
        return acts_of(
            incident=self.incident,
            plan=self.plan,
            papers=self.papers,
            cast=self.cast,
            reader=self.reader,
            at=self.at,
        )

    @cached_property
    def draft(self) -> Draft:
        """What findings hold before anybody writes; nothing where some were submitted already."""
        if self.papers.findings is not None or not self.may_act:
            return Draft()
        visible = self.visible
        if visible is None:
            visible = incidents_visible_to(user=self.reader, at=self.at)
        return draft_of(
            incident=self.incident, causes=self.papers.causes, visible=visible, at=self.at
        )

    @property
    def held(self) -> frozenset[str]:
        """What the reader is to the incident or its system: roles, 'owner', 'deputy'."""
        incident, reader = self.incident, self.reader.pk
        owners = {incident.owner_id, incident.system.owner_id}
        deputies = {incident.deputy_id, incident.system.deputy_id}
        sides = (("owner", owners), ("deputy", deputies))
        own = {word for word, people in sides if reader in people}
        return frozenset(own) | self.cast.roles.get(reader, frozenset())

    @property
    def small(self) -> bool:
        """Whether the case goes the short way."""
        return self.plan.small.covers(self.incident.severity, self.incident.risk_tier)


def page_of(
    case: Case,
    *,
    whole_record: bool = False,
    after: int | None = None,
    notes_before: UUID | None = None,
) -> dict[str, Any]:
    """Return what templates/governance/incident.html shows, but for the form.

    What came after the reader's last look is marked, or after the ledger entry `after`. Of the
    privileged notes the newest stand there, or those before the note `notes_before`.
    """
    incident, papers, at = case.incident, case.papers, case.at
    reader = case.reader if case.may_act else None
    return {
        "at": at,
        "incident": incident,
        "system": incident.system,
        "standing": _standing(papers, incident.kind),
        "stages": stages_of(
            incident=incident,
            plan=case.plan,
            papers=papers,
            parts=_parts(case),
            reader=reader,
            at=at,
        ),
        **_chain(case),
        "held": held_of(incident, case.cast.holding, reader, at),
        "turns": turns_of(
            incident=incident,
            plan=case.plan,
            cast=case.cast,
            at=at,
            may_act=case.may_act,
            has=papers.has,
        ),
        "notes": _notes(case, notes_before),
        **_told(case),
        "gate": case.acts.gate,
        "cannot": case.acts.cannot,
        "acts": case.acts,
        "comments": comments_near(
            incident=incident,
            cast=case.cast,
            reader=reader,
            whole=whole_record,
            has_any="comments" in papers.has,
        ),
        **_record(case, whole_record, after),
        **_silence_and_answers(incident),
        **_together(case),
    }


def _chain(case: Case) -> dict[str, Any]:
    """What was done of the chain, from the breach to the proofs, and the clocks beside it."""
    incident, papers, at = case.incident, case.papers, case.at
    return {
        "breach": _breach(case),
        "assessment": assessment_of(papers),
        "findings": findings_of(incident, papers),
        "reviews": reviews_of(papers),
        "accepted": accepted_of(incident, at) if "acceptances" in papers.has else [],
        "decisions": decisions_of(papers, case.reader.pk),
        "actions": actions_of(papers),
        "proofs": proofs_of(papers, _series_of_proofs(papers), case.zone),
        "clocks": clocks_of(papers, at),
    }


def _silence_and_answers(incident: Incident) -> dict[str, Any]:
    """Who answered without an approval, the silence that holds, and readings that were voided."""
    return {
        "mismatches": decisions_by_answerer(incident=incident)
        if incident.kind == Incident.Kind.VERSION
        else [],
        "muted": incident.muted_by.select_related("mute").order_by("-joined_at").first()
        if incident.suppressed
        else None,
    }


def _record(case: Case, whole: bool, after: int | None) -> dict[str, Any]:
    """The record; as far down as the oldest entry that is new to the reader."""
    incident = case.incident
    lines = lines_of_incident(incident_id=incident.pk, limit=LONG_RECORD)
    short = told(lines)
    news = News()
    if case.may_act:
        news = news_since(incident=incident, person=case.reader.pk, lines=short, after=after)
    shown = lines if whole else short[: max(SHORT_RECORD, news.reaches)]
    return {
        "news": news,
        "newest_entry": lines[0].number if lines else 0,
        "entries": entries_of(shown, about=incident.number, new=news.numbers),
        "entry_count": len(lines),
        "more_entries": not whole and len(lines) > len(shown),
        "opened_entry": lines[-1].number if lines else None,
    }


def _notes(case: Case, before: UUID | None) -> dict[str, Any]:
    if not case.may_act:
        return {}
    has_any = "notes" in case.papers.has
    may_write = may_write_with(case.held)
    seen = notes_seen(case.incident, case.reader, at=case.at, before=before, has_any=has_any)
    return seen | {"may_write": may_write}


def _together(case: Case) -> dict[str, Any]:
    """Others that may have the same cause, and whether the reader may tie them to this one."""
    if not case.may_act or case.incident.state in ENDED:
        return {}
    visible = case.visible
    if visible is None:
        visible = incidents_visible_to(user=case.reader, at=case.at)
    return {
        "together": together_with(incident=case.incident, visible=visible, at=case.at),
        "may_merge": case.acts.named("merge") is not None,
        "may_link": case.acts.named("link") is not None,
    }


def _told(case: Case) -> dict[str, Any]:
    """Who was told and the tickets elsewhere; nothing of it for an instant that has passed."""
    if not case.may_act:
        return {}
    has_any = "tickets" in case.papers.has
    tickets = tickets_on(case.incident, case.held, has_any=has_any)
    return {"told": told_of(case.incident), "tickets": tickets}


def _standing(papers: Papers, kind: str) -> str:
    """Where the first cause stands now."""
    if not papers.causes:
        return ""
    state = state_of_cause(papers.causes[0], kind)
    return STANDINGS.get(state, state.lower())


def _breach(case: Case) -> dict[str, Any]:
    """What was read, and where: the chart of the first cause, the others in words."""
    incident, causes = case.incident, list(case.papers.causes)
    found: dict[str, Any] = {
        "summary": summary_told(incident.kind, incident.summary),
        "causes": causes,
    }
    if not causes:
        return found
    first = causes[0]
    subject = subject_of(series=first.standing.series, version=first.threshold_version, limit=DRAWN)
    found["rule"] = first.threshold_version
    found["url"] = f"/systems/{incident.system.slug}/kpis/{first.standing.series_id}/"
    events = events_of_case(incident, first.standing.series.environment)
    found["chart"] = picture(subject, events=events, zone=case.zone)
    found["others"] = causes[1:]
    return found


def _series_of_proofs(papers: Papers) -> dict[int, Series]:
    wanted = [window.series_id for window in papers.windows if window.series_id]
    return Series.objects.select_related("kpi").in_bulk(wanted)


def _parts(case: Case) -> Parts:
    incident, cast = case.incident, case.cast
    officers = cast.holders("validator")
    validators = {
        line: [
            person
            for person in officers
            if line in cast.roles.get(person.pk, frozenset())
            and _is_free(case, person, f"validated_{line}")
        ]
        for line in ("compliance", "risk")
    }
    verifiers = [person for person in officers if _is_free(case, person, "verified")]
    voters: list[User] = []
    decision = case.papers.decision
    if decision is not None and decision.state == "open":
        voters = [row.seated for row in decision.electors.all() if row.seated]
    return Parts(
        validators={line: _called(case, people) for line, people in validators.items()},
        verifiers=_called(case, verifiers),
        body=body_words(incident, case.at, cast.above),
        voters=_called(case, voters),
    )


def _called(case: Case, people: Sequence[User]) -> list[str]:
    """Name people, the reader first."""
    you = case.reader.pk if case.may_act else None
    ordered = sorted(people, key=lambda person: person.pk != you)
    return [term(word("you")) if person.pk == you else person.name for person in ordered]


def _is_free(case: Case, person: User, act: str) -> bool:
    return (
        clash(
            act=act,
            history=case.cast.history,
            person=person.pk,
            delegate_of=case.cast.owners_side_of(person.pk),
            extra_pairs=case.plan.segregation.extra_pairs,
        )
        is None
    )
