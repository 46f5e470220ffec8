"""What the gallery shows beside: suppliers, doors, tokens, imports, access, keeping, proof."""

import datetime as dt
import json

from django.core.cache import cache
from django.core.files.base import ContentFile
from django.test import Client

from governance.rules.mappings import Mapped
from governance.rules.objectives import BudgetStated, PairStated, TrendStated
from governance.services.doors import map_metric
from governance.services.minutes import attach_narrative
from governance.services.objectives import (
    draft_error_budget,
    draft_guardrail_pair,
    draft_trend_rule,
)
from governance.services.supplier_notices import record_notice
from ledger.models import VerificationRun
from ledger.selectors.checkpoints import newest_seal
from ledger.services.sealing import seal
from ledger.services.verification import request_verification, run_waiting
from registry.models import Unit
from registry.services.break_glass import break_glass, review_break_glass
from registry.services.concerns import Said, dismiss_concern, raise_concern, read_concern
from registry.services.delegations import record_delegation
from registry.services.erasure import ask_erasure, decline_erasure
from registry.services.exchange import read_import
from registry.services.files import keep_file
from registry.services.holds import Held, end_hold, set_hold
from registry.services.people import deactivate_user
from registry.services.suppliers import Told, review_supplier
from registry.services.tokens import rotate_token
from reports.services.own_frameworks import approve_framework, bring_framework
from telemetry.models import DoorState
from telemetry.rules.scorecards import Line
from telemetry.services.own_kpis import approve_kpi, draft_kpi
from telemetry.services.scorecards import set_scorecard
from tests.governance.rounds import by
from tests.incidents.factory import LONG_AGO, grant, person
from tests.registry import factories as registry
from tests.registry import messy, uploads, vendors
from tests.registry import test_exchange_imports as imports
from tests.reports import own
from tests.telemetry import factory as telemetry
from tests.telemetry.test_own_kpis import KEY, MEANING
from tests.walks import gallery_written

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def hung(found, at):
    """Everything here, after what is drawn of the whole ledger: that is to stay short."""
    cache.clear()
    for part in (gallery_written.written, _supplied, _counted, _measured, _delivered, _issued,
                 _imported, _brought, _lent, _kept, _left, _concerned):  # fmt: skip
        part(found, at)
    seal(at=at)
    _checked(found, at)


def _checked(found, at):
    """A verification that is done, one that waits, and the newest checkpoint."""
    made, auditor = found.made, found.house.auditor
    made.size = str(newest_seal().size)
    done = by(auditor, request_verification, at=at)
    assert run_waiting(at) == 1
    made.done_verification = VerificationRun.objects.get(pk=done)
    waits = by(auditor, request_verification, at=at)
    made.waiting_verification = VerificationRun.objects.get(pk=waits)


def _supplied(found, at):
    """A supplier with two products, reviewed, and its notice on one that is used."""
    house, made = found.house, found.made
    made.supplier = vendors.supplier(
        name="Nordlicht Models GmbH", keeper_id=house.compliance.pk, about="Hosts our models.",
        contact="desk@nordlicht.example", website="https://nordlicht.example",
    )  # fmt: skip
    model = vendors.product(made.supplier, name="Nordlicht large, hosted", identity="nl-2026-10")
    vendors.product(made.supplier, name="Held-out questions", kind="data_set", identity="")
    vendors.used(house.system, model, since=LONG_AGO.date())
    by(house.compliance, review_supplier, supplier_id=made.supplier.pk, expected_version=1,
       note="Terms read, no change.", review_on=(at + 300 * DAY).date(), at=at - DAY)  # fmt: skip
    told = Told(
        kind="end_of_life", title="The snapshot of October retires", received_at=at - HOUR,
        text="The snapshot is replaced on 1 January. Answers may differ.",
        received_by_id=house.compliance.pk, link="https://nordlicht.example/notices/7",
        effective_on=(at + 30 * DAY).date(),
    )  # fmt: skip
    made.notice = by(house.compliance, record_notice, supplier_id=made.supplier.pk,
                     product_ids=[model.pk], told=told, at=at)  # fmt: skip


def _counted(found, at):
    """A KPI of one's own, its next definition in draft, and the scorecard of a system."""
    house, made = found.house, found.made
    stated = {"key": KEY, "unit_id": house.unit.pk, "reason": "We steer by it."}
    first = by(house.compliance, draft_kpi, meaning=MEANING, **stated, at=at - DAY)
    made.kpi = by(house.verifier, approve_kpi, definition_id=first.pk, at=at - DAY)
    made.kpi_draft = by(house.compliance, draft_kpi, meaning=MEANING, **stated, at=at)
    lines = [
        Line("accuracy", "quality", house.owner.pk, "Ask the engineer, then fall back.", 0.97),
        Line("latency_p95", "speed", house.deputy.pk, "Send half of it to the other cluster."),
    ]
    by(house.owner, set_scorecard, system_id=made.system.pk, lines=lines, expected_version=0, at=at)


def _measured(found, _at):
    """What is computed with its figures, and an objective of each kind that waits."""
    house, system, made = found.house, found.made.system, found.made
    made.computation = telemetry.computed(system, attribute="shop")
    rows = [
        telemetry.event(
            system, 100 + number, at=telemetry.AT - number * HOUR / 60, answer="a",
            truth="a" if number % 4 else "b", segment={"shop": str(number % 2)},
        )
        for number in range(60)
    ]  # fmt: skip
    telemetry.take_events(rows)
    drafted = {"author_id": house.owner.pk, "reason": "Quicker than before."}
    made.budget_draft = registry.call(
        draft_error_budget, system_id=system.pk, kpi_id="accuracy",
        stated=BudgetStated(objective=0.995), **drafted,
    )  # fmt: skip
    made.trend_draft = registry.call(
        draft_trend_rule, threshold_id=system.thresholds.first().pk,
        stated=TrendStated(method="cusum", least_windows=10), **drafted,
    )  # fmt: skip
    telemetry.take([telemetry.row(system, 0.1, kpi="reopen_rate"),
                    telemetry.row(system, 0.4, kpi="deflection_rate")])  # fmt: skip
    made.pair_draft = registry.call(
        draft_guardrail_pair, system_id=system.pk, gain_id="deflection_rate",
        guardrail_id="reopen_rate", stated=PairStated(warning=0.03), **drafted,
    )  # fmt: skip


def _delivered(found, at):
    """A door with what was taken and what was refused, and how a metric is read."""
    system, made = found.made.system, found.made
    made.token, plaintext = registry.token(
        account=registry.user(kind="service", of=found.house.unit, name="Claims pipeline"),
        scopes=["measurements:write"], systems=[system, found.house.system], at=at - 20 * DAY,
    )  # fmt: skip
    rows = [
        {"system": system.slug, "kpi": "accuracy", "window": "5m", "value": 0.95, "n": 500,
         "window_end": "2026-12-01T08:00:00Z"},
        {"system": system.slug, "kpi": "acuracy", "window": "5m", "value": 0.95, "n": 500,
         "window_end": "2026-12-01T08:05:00Z"},
        {"system": system.slug, "kpi": "accuracy", "window": "5m", "value": 1.95, "n": 500,
         "window_end": "2026-12-01T08:10:00Z"},
    ]  # fmt: skip
    answer = Client().post(
        "/api/v1/measurements", json.dumps({"measurements": rows, "on_error": "keep_good"}),
        content_type="application/json", headers={"authorization": f"Token {plaintext}"},
    )  # fmt: skip
    assert answer.status_code < 300, answer.content
    made.door = DoorState.objects.get(system=system, door="measurements")
    given = Mapped(metric="gen_ai.client.operation.duration", kpi_id="latency_p95", figure="p95",
                   window="5m", unit="s",
                   attributes={"gen_ai.operation.name": "chat"})  # fmt: skip
    made.mapping = registry.call(map_metric, system=system, given=given)


def _issued(found, at):
    """A token that was replaced and works beside the new one for a week."""
    made = found.made
    newer, _ = registry.call(
        rotate_token, token_key=made.token.token_key, expires_at=at + 90 * DAY,
        overlap_until=at + 7 * DAY, at=at - HOUR,
    )  # fmt: skip
    made.token, made.newer_token = made.token.token_key, newer.token_key


def _imported(found, _at):
    """A sheet with all that is wrong with one, and a good file that was applied."""
    house, made = found.house, found.made
    names = {"unit": house.unit.name, "owner": "Jonas Weber", "deputy": "Mara Lind"}
    person(name="Jonas Weber", unit=house.unit)
    person(name="Mara Lind", unit=house.unit)
    made.messy_import = _read(house, "register of all systems.xlsx", messy.workbook(**names))
    rows = [imports.line(slug, unit=house.unit.name) for slug in ("letter-sorter", "tariff-advice")]
    good = _read(house, "two-more.csv", imports.csv(imports.HEAD, *rows))
    made.applied_import = imports.carry_out(house.compliance, good)


def _read(house, name, content):
    actor = registry.person_as_actor(house.compliance)
    return registry.call(read_import, name=name, content=content, actor=actor)


def _brought(found, at):
    """A framework of one's own in force, another one that waits for a second person."""
    made, people = found.made, found.people
    for name, role in (("officer", "compliance"), ("second", "risk")):
        # Both are of every unit: that is who brings rules for the whole organisation.
        people[name] = person(name=f"Officer of {role}", unit=found.house.unit)
        for top in Unit.objects.filter(parent=None):
            grant(people[name], role, unit=top)
    row = by(people["officer"], bring_framework, text=own.EXAMPLE.read_text(),
             reason="Decided by the board.", at=at)  # fmt: skip
    made.framework = by(people["second"], approve_framework, version_id=row.pk,
                        expected_sha256=row.sha256, reason="Read.", at=at)  # fmt: skip
    made.next_framework = by(people["officer"], bring_framework, text=own.SHORT,
                             reason="Short rules for the start.", at=at)  # fmt: skip


def _lent(found, at):
    """A role that may end, a delegation, an emergency access that runs and one that was judged."""
    house, made, people = found.house, found.made, found.people
    made.role = grant(found.of.substitutes[0], "engineer", unit=house.unit)
    made.delegation = by(
        house.owner, record_delegation, principal_id=house.owner.pk, delegate_id=house.author.pk,
        from_at=at - DAY, until_at=at + 9 * DAY, reason="On leave until Monday week.", at=at,
    )  # fmt: skip
    given = {"hours": 2, "reason": "The agent pays invoices twice and nobody answers."}
    made.old_glass = by(people["emergency"], break_glass, system_id=house.system.pk, **given,
                        at=at - 5 * HOUR)  # fmt: skip
    by(house.compliance, review_break_glass, glass_id=made.old_glass.pk, verdict="justified",
       review="He called before, and read one case.", at=at - 2 * HOUR)  # fmt: skip
    made.glass = by(people["emergency"], break_glass, system_id=house.system.pk, **given,
                    at=at - HOUR)  # fmt: skip


def _kept(found, at):
    """A hold on a system and one that ended; a narrative beside the minutes."""
    house, made = found.house, found.made
    held = Held("system", system_id=house.system.pk)
    given = {"held": held, "reason": "A claim is before the court.", "at": at - DAY}
    made.old_hold = by(house.compliance, set_hold, **given)
    by(house.compliance, end_hold, hold_id=made.old_hold.pk, reason="It was settled.", at=at)
    made.hold = by(house.compliance, set_hold, **given | {"until_at": at + 90 * DAY, "at": at})
    document = keep_file(upload=ContentFile(uploads.PDF, name="minutes-edited.pdf"))
    by(house.secretary, attach_narrative, minutes_id=made.minutes.pk, document=document,
       note="With the names of the guests.", at=at)  # fmt: skip


def _left(found, at):
    """Two who have left and of whom an erasure was asked; one was declined."""
    house, made = found.house, found.made
    asked = []
    for name in ("Maren Vogt", "Tilda Gone"):
        gone = person(name=name, unit=house.unit)
        registry.call(deactivate_user, user_id=gone.pk, reason="Left.", at=at - DAY)
        asked.append(by(house.compliance, ask_erasure, person_id=gone.pk, basis="request",
                        reason="Wrote to us on Monday.", at=at))  # fmt: skip
    made.erasure, made.declined_erasure = asked
    by(house.verifier, decline_erasure, request_id=asked[1].pk,
       reason="A claim may come until the end of the year.", at=at)  # fmt: skip


def _concerned(found, at):
    """A concern that nobody has read, and one whose dismissal waits for a second officer."""
    house, made = found.house, found.made
    made.unread_concern = _raised(at, "It asks me for my religion.")
    made.dismissed_concern = _raised(at, "The letters are printed too small.")
    by(house.compliance, read_concern, concern_id=made.dismissed_concern.pk, at=at - HOUR)
    by(house.compliance, dismiss_concern, concern_id=made.dismissed_concern.pk, expected_version=2,
       reason="The size is that of all our letters; the desk sends large print on request.",
       at=at)  # fmt: skip


def _raised(at, what):
    said = Said(where="The letters about loans", what=what, harm="unknown", contact="")
    key = registry.unique("form")
    return raise_concern(said=said, form_key=key, raised_by_id=None, at=at - 2 * HOUR)[0]
