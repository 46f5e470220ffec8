"""The catalogue: complete, tied together, loaded once however often."""

import pytest
import yaml

from ledger.selectors.lines import newest_number
from telemetry.models import Kpi
from telemetry.rules.events import COMPUTED
from telemetry.services.catalogue import FILE, load_catalogue
from tests.registry.factories import call

DATA = yaml.safe_load(FILE.read_text())["kpis"]
IDS = {entry["id"] for entry in DATA}


def test_there_are_more_than_a_hundred_kpis_each_once():
    assert len(DATA) == len(IDS) >= 111


def test_every_counter_metric_is_another_kpi_or_is_explained():
    for entry in DATA:
        counter = entry["counter_metric"]
        assert counter in IDS - {entry["id"]} if counter else entry["counter_metric_note"]


def test_what_is_marked_as_computed_is_what_can_be_computed():
    assert {entry["id"] for entry in DATA if entry.get("computed")} == COMPUTED


def test_shares_are_ratios_between_0_and_1():
    assert not [entry["id"] for entry in DATA if entry["unit"] == "percent"]
    assert not [entry["id"] for entry in DATA if "100*" in entry["formula"]]


@pytest.mark.django_db
def test_loading_again_writes_nothing():
    first = call(load_catalogue)
    number = newest_number()

    again = call(load_catalogue)

    assert (first, again) == (len(DATA), 0)
    assert newest_number() == number


@pytest.mark.django_db
def test_loading_mends_what_differs():
    call(load_catalogue)
    Kpi.objects.filter(pk="accuracy").update(name="Accurracy")

    changed = call(load_catalogue)

    assert changed == 1
    assert Kpi.objects.get(pk="accuracy").name == "Accuracy"
