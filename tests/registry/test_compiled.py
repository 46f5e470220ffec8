"""Queries that are compiled once answer every call with its own values."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger import clock
from registry.models import User
from registry.selectors.banners import banners_of
from registry.selectors.compiled import compiled, padded
from registry.selectors.people import delegations_held
from tests.registry.factories import AT, role, unit, user
from tests.registry.test_access import DAY, delegated

pytestmark = pytest.mark.django_db


@compiled(ids=UUID, name=str)
def named(ids, name):
    """People of these ids, or of a name."""
    return User.objects.filter(pk__in=ids).union(User.objects.filter(name=name)).values_list("name")


def names(*ids, name=""):
    """Return the names that the query finds."""
    return sorted(found for (found,) in named(ids=list(ids), name=name))


def test_each_call_has_its_own_values_and_each_length_its_own_statement():
    of = unit()
    ada, ben, eve = (user(of=of, name=name) for name in ("Ada", "Ben", "Eve"))

    assert names(ada.pk) == ["Ada"]
    assert names(ben.pk) == ["Ben"]
    assert names(ada.pk, eve.pk) == ["Ada", "Eve"]
    assert names(ada.pk, name="Ben") == ["Ada", "Ben"]
    assert names(uuid4()) == []


def test_it_is_built_once_for_a_form():
    built = []

    @compiled(key=UUID)
    def of_key(key):
        built.append(key)
        return User.objects.filter(pk=key).values_list("pk")

    reader = user(of=unit())

    assert [of_key(key=reader.pk), of_key(key=uuid4())] == [[(reader.pk,)], []]
    assert len(built) == 1


def test_a_builder_that_decides_by_a_value_is_refused():
    @compiled(key=UUID, name=str)
    def deciding(key, name):
        return User.objects.filter(pk=key, **({} if name else {"name": name})).values_list("pk")

    with pytest.raises(ValueError, match="deciding asks for something"):
        deciding(key=uuid4(), name="Ada")


def test_padding_repeats_the_last_and_keeps_few_lengths():
    ids = [uuid4() for _ in range(5)]

    assert padded([]) == []
    assert padded(ids[:1]) == ids[:1]
    assert padded(ids) == [*ids, ids[-1], ids[-1], ids[-1]]


def test_the_banners_follow_the_clock_and_the_roles_of_each_reader():
    of = unit()
    officer, other = user(of=of), user(of=of)
    role(officer, "compliance", unit=of, until_at=clock.database_now() + timedelta(hours=1))

    with CaptureQueriesContext(connection) as asked:
        found = banners_of(user_id=officer.pk)

    assert len(asked) == 1
    assert found.roles == {"compliance"}
    assert banners_of(user_id=other.pk).roles == frozenset()
    assert (
        banners_of(user_id=officer.pk, at=clock.database_now() + timedelta(hours=2)).roles
        == frozenset()
    )
    clock.shift(timedelta(hours=2))
    try:
        assert banners_of(user_id=officer.pk).roles == frozenset()
    finally:
        clock.shift(timedelta(0))


def test_a_delegation_is_held_while_it_is_in_force():
    of = unit()
    principal, delegate = user(of=of), user(of=of)
    delegated(principal, delegate)

    assert [row.principal for row in delegations_held(user_id=delegate.pk, at=AT)] == [principal]
    assert delegations_held(user_id=principal.pk, at=AT) == []
    assert delegations_held(user_id=delegate.pk, at=AT + DAY) == []
