"""A gap between groups of persons comes in only where it is on record why they are told apart."""

import datetime as dt
import json

import pytest
from django.core.cache import cache
from django.db import connection

from governance.services.upload_imports import import_upload
from governance.services.uploads import read_upload, request_import
from ledger.selectors.lines import lines_of_object
from outbox import clock
from telemetry.models import Batch, Measurement, Series
from telemetry.rules.fairness_kpis import GAPS, NO_BASIS
from telemetry.services.computations import stop_computation
from tests.registry import factories as registry
from tests.registry.factories import call, person_as_actor
from tests.telemetry.factory import AT, computed, event, measured, row, take, take_events

pytestmark = pytest.mark.django_db
GAP = "demographic_parity_difference"
BASIS = "AI Act Art. 10(5)"
DAY = dt.timedelta(days=1)


@pytest.fixture
def system():
    """A system whose gaps are computed by its senders."""
    cache.clear()
    return measured(stated=None)


def gap(system, value=0.05, **changes):
    """A gap that its sender computed."""
    return row(system, value, kpi=GAP, segment="age=young") | changes


def on_record(system, kpi=GAP, *, attribute="age"):
    """Put the legal basis of an attribute on record."""
    return computed(system, kpi, attribute=attribute, positive="approve", legal_basis=BASIS)


def send(system, *rows):
    """Send a good reading, so that the delivery is not refused as a whole, and some others."""
    return take([row(system), *rows])


@pytest.mark.parametrize("kpi", sorted(GAPS))
def test_a_gap_without_a_basis_on_record_is_refused_with_the_reason(system, kpi):
    receipt = send(system, gap(system, kpi=kpi))

    assert [(one.row, one.field, one.reason) for one in receipt.rejected] == [
        (2, "segment", NO_BASIS)
    ]
    assert not Series.objects.filter(kpi_id=kpi).exists()


def test_a_gap_with_its_basis_is_stored_and_the_basis_stands_in_the_record(system):
    on_record(system)

    receipt = send(system, gap(system))

    assert (receipt.accepted, receipt.rejected) == (2, [])
    (entry,) = lines_of_object(object_type="batch", object_id=str(receipt.batch_id))
    assert entry.body["details"]["legal_bases"] == [BASIS]


def test_a_delivery_without_a_gap_names_no_basis(system):
    on_record(system)

    receipt = send(system)

    (entry,) = lines_of_object(object_type="batch", object_id=str(receipt.batch_id))
    assert "legal_bases" not in entry.body["details"]


def test_the_basis_of_an_attribute_holds_for_every_gap_by_it(system):
    on_record(system)

    receipt = send(system, gap(system, kpi="disparate_impact_ratio"))

    assert receipt.accepted == 2


def test_the_basis_of_one_attribute_says_nothing_of_another(system):
    on_record(system)

    receipt = send(system, gap(system, segment="origin=abroad"))

    assert [one.reason for one in receipt.rejected] == [NO_BASIS]


def test_the_widest_gap_names_no_attribute_and_needs_a_basis_of_its_own_kpi(system):
    on_record(system)

    receipt = send(
        system, gap(system, segment=""), gap(system, kpi="disparate_impact_ratio", segment="")
    )

    assert receipt.accepted == 2
    assert [(one.row, one.field) for one in receipt.rejected] == [(3, "kpi")]


def test_the_basis_of_another_system_says_nothing(system):
    on_record(measured(stated=None))

    receipt = send(system, gap(system))

    assert [one.reason for one in receipt.rejected] == [NO_BASIS]


def test_a_basis_that_is_on_record_no_more_lets_nothing_in_though_the_series_is_known(system):
    computation = on_record(system)
    take([gap(system)])
    call(stop_computation, computation_id=computation.pk, reason="No basis any more.")

    receipt = take([row(system), gap(system) | {"window_end": (AT - DAY).isoformat()}])

    assert [one.reason for one in receipt.rejected] == [NO_BASIS]


def test_a_gap_that_waits_for_its_window_needs_its_basis_too(system):
    receipt = send(system, gap(system) | {"window_end": (AT + DAY).isoformat()})

    assert (receipt.quarantined, [one.reason for one in receipt.rejected]) == ([], [NO_BASIS])


def test_an_old_computation_without_a_basis_computes_no_gap(system):
    on_record(system)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE telemetry_computation SET legal_basis = ''")
    groups = [{"age": "old"}] * 20 + [{"age": "young"}] * 20

    take_events(
        [event(system, n, answer="approve", segment=one) for n, one in enumerate(groups)], at=AT
    )

    assert not Measurement.objects.exists()


def test_the_api_refuses_a_gap_without_a_basis(client, system):
    now = clock.now()
    _, plaintext = registry.token(
        scopes=("measurements:write",), systems=[system], at=now, expires_at=now + DAY
    )
    body = {"measurements": [row(system), gap(system)]}

    answer = client.post(
        "/api/v1/measurements",
        json.dumps(body),
        content_type="application/json",
        headers={"authorization": f"Token {plaintext}"},
    )

    assert answer.status_code == 200, answer.content
    assert answer.json()["accepted"] == 1
    assert answer.json()["rejected"] == [{"row": 2, "field": "segment", "reason": NO_BASIS}]


@pytest.mark.parametrize(("recorded", "stored"), [(False, 1), (True, 2)])
def test_a_file_brings_a_gap_only_with_its_basis(system, recorded, stored):
    if recorded:
        on_record(system)
    actor = person_as_actor(system.owner)
    content = (
        "kpi,segment,date,value,n\n"
        "accuracy,,2026-09-01,0.95,500\n"
        f"{GAP},age=young,2026-09-01,0.05,500\n"
    )

    found = call(
        read_upload, name="june.csv", content=content.encode(), kind="measurements",
        every={"system": system.slug, "window": "1d"}, actor=actor,
    )  # fmt: skip
    call(
        request_import, upload_id=found.pk, expected_version=found.version, without_bad=True,
        actor=actor,
    )  # fmt: skip
    done = import_upload(upload_id=found.pk, at=AT)

    assert done.accepted == stored
    assert Batch.objects.count() == 1
