"""GOV-4: the rail shows the pages that the reader's roles open, and no others."""

import pytest
from django.test import Client

from config.navigation import navigation
from tests.registry.factories import role, sign_in, unit, user


def labels(*roles):
    """Return what the rail offers to who holds these roles."""
    groups = navigation(path="/", roles=frozenset(roles))
    return {str(link.label) for group in groups for link in group.links}


def test_who_holds_no_role_is_offered_no_page_that_refuses_them():
    assert not labels() & {"People and access", "Service tokens", "Retention", "Erasures"}


def test_an_administrator_is_offered_people_and_tokens():
    assert {"People and access", "Service tokens"} <= labels("administrator")


def test_an_auditor_is_offered_people_but_no_tokens():
    assert "People and access" in labels("auditor")
    assert "Service tokens" not in labels("auditor")


@pytest.mark.django_db
def test_the_rail_of_a_page_follows_the_roles_that_are_held_now():
    of = unit()
    reader = user(of=of)
    before = sign_in(Client(), reader).get("/law/").content.decode()
    role(reader, "administrator", unit=of)

    after = sign_in(Client(), reader).get("/law/").content.decode()

    assert "Service tokens" not in before
    assert "Service tokens" in after
