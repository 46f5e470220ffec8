"""Versions are registered by their author and approved by somebody else."""

import pytest
from django.db import IntegrityError, transaction

from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden
from registry import services
from tests.registry.factories import (
    SETUP,
    call,
    person_as_actor,
    role,
    system,
    user,
    version,
)

pytestmark = pytest.mark.django_db


def test_a_version_is_not_approved_by_its_author():
    thing = system()
    officer = user()
    role(officer, "compliance", unit=thing.unit)
    draft = version(thing, author=thing.owner, approved=False)

    with pytest.raises(Forbidden) as refusal:
        call(services.approve_version, version_id=draft.pk, actor=person_as_actor(thing.owner))

    assert refusal.value.reason == f"You cannot approve version {draft.label}: you wrote it."
    assert set(refusal.value.who_can) == {thing.deputy.name, officer.name}
    assert refusal.value.recorded


def test_the_database_refuses_an_author_as_approver():
    draft = version(system(), approved=False)
    draft.state, draft.approved_by = "approved", draft.author

    with (
        acting_as(SETUP),
        pytest.raises(IntegrityError, match="version_approved_by_another"),
        transaction.atomic(),
    ):
        draft.save()


def test_an_approval_is_bound_to_the_digest_that_was_seen():
    thing = system()
    draft = version(thing, approved=False)

    with pytest.raises(Conflict) as refusal:
        call(
            services.approve_version,
            version_id=draft.pk,
            digest="sha256:other",
            actor=person_as_actor(thing.owner),
        )

    assert refusal.value.extra["present"] == {"digest": draft.digest}


def test_an_approved_version_is_not_approved_again():
    thing = system()
    made = version(thing)

    with pytest.raises(Conflict, match="is approved; it would have to be draft"):
        call(services.approve_version, version_id=made.pk, actor=person_as_actor(thing.owner))


def test_nobody_registers_a_version_in_anothers_name():
    thing = system()

    with pytest.raises(Forbidden, match="in your own name"):
        call(
            services.register_version,
            system_id=thing.pk,
            label="9",
            digest="sha256:9",
            author_id=user().pk,
            actor=person_as_actor(thing.owner),
        )


def test_a_label_is_used_once_per_system():
    thing, other = system(), system()
    version(thing, label="1.0")

    version(other, label="1.0")

    with pytest.raises(Conflict, match="has a version 1.0 already"):
        version(thing, label="1.0")
