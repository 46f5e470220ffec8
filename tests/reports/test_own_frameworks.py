"""Frameworks of one's own: versions, two persons, judged by the same engine (GOV-3)."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from registry.models import Framework, Provision
from reports.models import OwnFramework
from reports.rules.own_frameworks import RESERVED
from reports.selectors.controls import control_frameworks, controls_of, readiness
from reports.selectors.own_frameworks import preview_of, understood
from reports.services.control_uploads import review_control_upload
from reports.services.own_frameworks import refuse_framework, withdraw_framework
from tests.registry.factories import system
from tests.reports.control_house import HIGH, LATER
from tests.reports.own import EXAMPLE, SHORT, Bringing

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@pytest.fixture
def of(law):
    return Bringing()


def controls(of, key="short-rules", *, at=LATER, past=False):
    found = controls_of(framework=key, scope=of.scope(at=at, past=past))
    return {one.provision.partition(".")[2]: one for one in found}


def test_the_shipped_example_is_understood_without_a_fault(law):
    found = understood(EXAMPLE.read_text())

    assert found.faults == ()
    assert [one.id for one in found.document.controls] == [
        "H1", "H1.1", "H1.2", "H2", "H3", "H4", "H5",
    ]  # fmt: skip


def test_what_is_brought_waits_and_is_judged_by_nobody(of):
    row = of.bring()

    assert (row.version, row.state, row.text) == (1, "proposed", SHORT)
    assert "short-rules" not in {one.pk for one in control_frameworks()}
    entry = Entry.objects.filter(verb="own_framework.brought").get()
    assert (entry.object_type, entry.object_id) == ("framework", "short-rules")


def test_another_person_puts_it_into_force_and_its_controls_are_judged(of):
    of.stand()

    found = controls(of)["S1"]
    assert control_frameworks()[-1].pk == "short-rules"
    assert (found.reference, found.state, found.applies) == ("S1", "partial", "yes")
    assert found.text == "Each of them stands in the register."
    assert [one.source for one in found.evidence] == ["registry_record"]


def test_who_brought_it_does_not_put_it_into_force(of):
    row = of.bring()

    with pytest.raises(Forbidden) as refused:
        of.approve(row, who=of.officer)

    assert refused.value.code == "own_framework"
    assert not Framework.objects.filter(pk="short-rules").exists()


def test_the_database_refuses_one_person_as_both(of):
    row = of.bring()

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE reports_ownframework SET approved_by_id = brought_by_id WHERE id = %s", [row.pk]
        )


def test_the_database_keeps_what_was_brought_as_it_was(of):
    row = of.bring()

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE reports_ownframework SET text = 'x' WHERE id = %s", [row.pk])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM reports_ownframework WHERE id = %s", [row.pk])


def test_somebody_without_the_role_brings_nothing(of):
    with pytest.raises(Forbidden):
        of.bring(who=of.writer)

    assert not OwnFramework.objects.exists()


def test_a_text_with_faults_is_not_kept_and_each_is_told_by_its_line(of):
    with pytest.raises(Invalid) as refused:
        of.bring(SHORT.replace("registry_record", "horoscope").replace("owner: owner", "owner: x"))

    assert [one["line"] for one in refused.value.extra["faults"]] == [9, 10]
    assert not OwnFramework.objects.exists()


def test_approval_is_of_the_text_that_was_read(of):
    row = of.bring()

    with pytest.raises(Conflict) as refused:
        of.approve(row, sha256="0" * 64)

    assert refused.value.code == "framework_changed"


def test_a_new_version_replaces_the_one_in_force_and_tells_what_it_changes(of):
    first = of.stand()
    text = SHORT.replace("Systems are known", "Every system is known")
    preview = preview_of(understood(text).document)

    second = of.stand(text, at=LATER + HOUR)

    first.refresh_from_db()
    assert (first.state, second.version, second.state) == ("replaced", 2, "in_force")
    assert [(one.control, one.what, one.after) for one in preview.changes] == [
        ("S1", "title", "Every system is known")
    ]
    assert Provision.objects.get(pk="short-rules.S1").title == "Every system is known"


def test_the_same_text_again_is_no_new_version(of):
    of.stand()

    with pytest.raises(Conflict) as refused:
        of.bring()

    assert refused.value.code == "nothing_new"


def test_a_control_that_a_version_leaves_out_is_judged_no_more_and_stays(of):
    of.stand()

    of.stand(SHORT.replace("id: S1", "id: S2"), at=LATER + HOUR)

    assert list(controls(of, at=LATER + HOUR)) == ["S2"]
    assert Provision.objects.get(pk="short-rules.S1").superseded_in == "version 2"


def test_the_past_is_judged_by_the_version_of_then(of):
    of.stand()
    of.stand(SHORT.replace("id: S1", "id: S2"), at=LATER + HOUR)

    assert list(controls(of, at=LATER, past=True)) == ["S1"]
    assert controls(of, at=LATER - HOUR, past=True) == {}


def test_a_version_that_waits_is_replaced_by_the_next_one(of):
    first = of.bring()

    second = of.bring(SHORT + "\n# said better\n", at=LATER + HOUR)

    first.refresh_from_db()
    assert (first.state, first.ended_reason) == ("replaced", "replaced by version 2")
    assert second.state == "proposed"


def test_a_refused_version_changes_nothing(of):
    row = of.bring()

    of.by(of.second, refuse_framework, version_id=row.pk, reason="Too narrow.")

    row.refresh_from_db()
    assert (row.state, row.ended_reason, row.ended_by) == ("refused", "Too narrow.", of.second)
    with pytest.raises(Conflict):
        of.approve(row)


def test_withdrawn_it_is_judged_no_more_and_may_come_back(of):
    row = of.stand()

    of.by(of.second, withdraw_framework, version_id=row.pk, reason="The contract ended.")

    assert "short-rules" not in {one.pk for one in control_frameworks()}
    again = of.stand(at=LATER + HOUR)
    assert again.version == 2
    assert list(controls(of, at=LATER + HOUR)) == ["S1"]


def test_what_was_withdrawn_since_is_there_as_of_an_instant_before(of):
    row = of.stand()
    of.by(
        of.second, withdraw_framework, version_id=row.pk, reason="The contract ended.",
        at=LATER + HOUR,
    )  # fmt: skip

    then = [one.pk for one in control_frameworks(then=LATER)]

    assert (then[-1], "short-rules" in [one.pk for one in control_frameworks()]) == (
        "short-rules", False,
    )  # fmt: skip
    assert list(controls(of, at=LATER, past=True)) == ["S1"]
    assert "short-rules" not in [one.pk for one in control_frameworks(then=LATER + 2 * HOUR)]


@pytest.mark.parametrize("key", sorted(RESERVED | {"ai-act", "iso-42001", "nist-ai-rmf"}))
def test_no_own_framework_takes_a_name_that_is_used(law, key):
    found = understood(SHORT.replace("short-rules", key))

    assert [one.line for one in found.faults] == [2]


def test_a_condition_leaves_out_the_systems_that_it_does_not_concern(of):
    of.stand(SHORT + "    applies_to: {kinds: [agent]}\n")

    found = controls(of)["S1"]

    assert (found.state, found.applies) == ("not_applicable", "no")
    assert found.reason == (
        "By its own condition it concerns none of these systems: only kind agent."
    )


def test_a_condition_on_what_nobody_decided_is_open(of):
    of.systems = [system(of=of.unit, legal_class="undecided")]
    of.stand(SHORT + "    applies_to: {law: [high_risk]}\n")

    found = controls(of)["S1"]

    assert (found.applies, found.owing) == ("open", {"open": 1})
    assert found.state == "partial"


def test_a_condition_that_a_system_meets_applies(of):
    of.systems = [system(of=of.unit, risk_tier="high")]
    of.stand(SHORT + "    applies_to: {risk: [high], kinds: [predictive, assistant, agent]}\n")

    assert controls(of)["S1"].applies == "yes"


def test_freshness_of_its_own_makes_a_piece_stale_earlier(law):
    of = Bringing(facts=HIGH)
    text = SHORT.replace("registry_record", "classification")
    of.stand(text + "    fresh_days: 10\n")
    late = LATER + 11 * DAY

    assert controls(of)["S1"].state == "satisfied"
    assert controls(of, at=late)["S1"].state == "stale"
    assert of.scope(at=late).as_of == late


def test_its_crosswalk_is_shown_both_ways_with_its_confidence_and_counts_nothing(of):
    pair = "    crosswalk: [{to: ISO-A.3.2, confidence: medium, why: Both ask who answers.}]\n"
    of.stand(SHORT + pair)

    through = controls(of)["S1"].through
    back = controls_of(framework="iso-42001", scope=of.scope())
    found = next(one for one in back if one.provision == "ISO-A.3.2")

    assert [(one.provision, one.confidence) for one in through] == [("ISO-A.3.2", "medium")]
    assert "short-rules.S1" in {one.provision for one in found.through}


def test_an_upload_to_an_own_control_counts_once_reviewed(of):
    of.stand(SHORT.replace("registry_record", "attached"))
    row = of.upload("short-rules.S1")
    assert controls(of)["S1"].state == "missing"

    of.by(of.second, review_control_upload, upload_id=row.pk, accepted=True, said="Seen.")

    assert controls(of)["S1"].state == "satisfied"


def test_a_statement_leaves_a_control_of_a_policy_out(of):
    of.stand()
    row = of.drafted({"short-rules.S1": "We have no such systems."}, framework="short-rules")

    of.sign(row)

    found = controls(of)["S1"]
    assert (found.state, found.signed_by) == ("not_applicable", "Rolf Riske")


def test_no_statement_leaves_out_a_control_of_a_law(of):
    of.stand(SHORT.replace("edition:", "kind: law\nedition:"))

    with pytest.raises(Invalid) as refused:
        of.drafted(framework="short-rules")

    assert refused.value.code == "law_is_not_stated"


def test_readiness_puts_its_work_into_the_order(of):
    of.stand(SHORT.replace("registry_record", "classification"))

    found = readiness(frameworks=["short-rules"], scope=of.scope(), day=(LATER + 30 * DAY).date())

    assert found.counts["missing"] == 1
    assert [one.source for one in found.work] == ["classification"]


def test_a_gap_of_an_own_control_is_assigned(of):
    of.stand()

    row = of.gap("short-rules.S1")

    assert row.provision_id == "short-rules.S1"
