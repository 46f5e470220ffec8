"""F32: a signature stands for one record, by one person, proved just before; it is not moved."""

import psycopg
import pytest

from incidents.models import Findings
from incidents.rules.records import findings_record
from incidents.rules.transitions import VALIDATION
from ledger.rules.refusals import Conflict
from registry.services.signatures import is_valid
from tests.faults.processes import owner_of
from tests.incidents import factory
from tests.incidents.factory import bring, do, fresh


@pytest.mark.bypass
def test_f32_a_signature_moved_to_another_record_counts_as_absent(own_database):
    of = factory.house()
    first, second = bring(of, VALIDATION), bring(of, VALIDATION)
    signed = Findings.objects.get(incident=first).signature_id
    other = Findings.objects.get(incident=second)

    with psycopg.connect(owner_of(own_database)) as owner:
        owner.execute("ALTER TABLE incidents_findings DISABLE TRIGGER USER")
        owner.execute(
            "UPDATE incidents_findings SET signature_id = %s WHERE id = %s", [signed, other.pk]
        )

    moved = Findings.objects.get(pk=other.pk)
    assert not is_valid(moved.signature, findings_record(second.number, moved))
    with pytest.raises(Conflict) as caught:
        do(second, "validate", of.compliance)
    assert caught.value.code == "record_changed"
    assert fresh(second).state == VALIDATION


@pytest.mark.bypass
def test_f32_a_record_changed_after_it_was_signed_is_no_longer_signed(own_database):
    of = factory.house()
    incident = bring(of, VALIDATION)

    with psycopg.connect(owner_of(own_database)) as owner:
        owner.execute("ALTER TABLE incidents_findings DISABLE TRIGGER USER")
        owner.execute("UPDATE incidents_findings SET narrative = narrative || '!'")

    with pytest.raises(Conflict) as caught:
        do(incident, "validate", of.compliance)
    assert caught.value.code == "record_changed"
