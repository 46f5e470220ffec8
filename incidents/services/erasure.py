"""Erasing a person, the part of incidents: names that stand as text beside a case."""

from datetime import datetime

from django.db import transaction

from incidents.models import Incident, RegulatoryClock
from ledger.services.erasures import Known


@transaction.atomic
def erase_names(*, known: Known, at: datetime) -> None:
    """Put the pseudonym where a person is named as the one who knew first, histories included."""
    for incident in Incident.objects.filter(aware_by=known.name):
        incident.aware_by = known.pseudonym
        incident.save(update_fields=["aware_by"], at=at)
    for clock in RegulatoryClock.objects.filter(aware_person=known.name):
        clock.aware_person = known.pseudonym
        clock.save(update_fields=["aware_person"], at=at)
    past = Incident.history.model.objects.filter(aware_by=known.name)
    past.update(aware_by=known.pseudonym)
    clocks = RegulatoryClock.history.model.objects.filter(aware_person=known.name)
    clocks.update(aware_person=known.pseudonym)
