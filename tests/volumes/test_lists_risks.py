"""The register of accepted risks at 100,000 of them: of one case, and each of a case of its own."""

import itertools

import pytest

from registry.models import System
from tests.volumes import fill_cases, fill_risks
from tests.volumes.house import assert_as_lean, assert_lean, assert_narrow

pytestmark = pytest.mark.full
ROLES = ("compliance", "owner", "auditor")
VIEWS = ("running", "over", "all")


def test_the_register_beside_many_risks_of_one_case_is_lean(house):
    fill_cases.acceptances(house)

    for role in ROLES:
        assert_lean(house.seen(role, "/acceptances/"))


def test_the_register_of_many_cases_is_lean_on_its_first_page_and_on_the_next(house):
    fill_risks.risks(house)

    # Reading changes nothing, and filling takes far longer than it.
    for view, role in itertools.product(VIEWS, ROLES):
        first = house.seen(role, f"/acceptances/?view={view}")
        assert_lean(first)
        assert_as_lean(house.next(first), first)


def test_the_register_of_one_system_is_lean_whether_it_has_many_or_none(house):
    fill_risks.risks(house)
    many = house.gallery.made.validation.system.slug
    none = System.objects.exclude(slug=many).filter(incidents=None).first().slug

    first, empty = (
        house.seen("compliance", f"/acceptances/?view=all&system={slug}") for slug in (many, none)
    )

    # The key of the system is one query more.
    assert_narrow(first)
    assert_narrow(house.next(first))
    assert_narrow(empty)
    assert "No accepted risk here" in empty.text
