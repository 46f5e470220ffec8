"""The administration pages show technical tables and change nothing, to superusers either."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from config.admin import SHOWN, ReadOnly, Site
from ledger.governed import BypassRefused, OnRecord
from registry.models import User
from tests.registry import factories as registry

pytestmark = pytest.mark.django_db
PAGES = [
    (model._meta.app_label, model._meta.model_name, word)
    for model in sorted(admin.site._registry, key=lambda one: one._meta.label)
    for word in ("add", "change", "delete", "history")
]


@pytest.fixture
def superuser(client):
    """A client signed in as a superuser."""
    person = User.objects.create_superuser("root@example.org", "Root", registry.PASSWORD)
    return registry.sign_in(client, person)


def row_of(label, model):
    """Return a row of a technical table."""
    found = apps.get_model(label, model)
    more = {"failures_since_start": 1} if model == "accessattempt" else {}
    return found.objects.create(username="x", user_agent="x", path_info="x", **more)


def test_the_site_is_ours_and_shows_what_is_named_alone():
    assert isinstance(admin.site, Site)
    assert {model._meta.label for model in admin.site._registry} == SHOWN


def test_no_record_has_administration_pages():
    records = [model for model in apps.get_models() if issubclass(model, OnRecord)]

    assert len(records) > 40
    assert not set(records) & admin.site._registry.keys()


def test_whatever_a_package_registers_is_shown_without_a_form():
    class Theirs(admin.ModelAdmin):
        actions = ["delete_selected"]

    site = Site()
    site.register(apps.get_model("axes.AccessAttempt"), Theirs)
    site.register([User])

    (shown,) = site._registry.values()
    assert isinstance(shown, ReadOnly)
    assert (shown.actions, list(site._registry)) == (None, [apps.get_model("axes.AccessAttempt")])


@pytest.mark.parametrize(("label", "model", "word"), PAGES)
def test_a_superuser_changes_nothing(superuser, label, model, word):
    arguments = [] if word == "add" else [row_of(label, model).pk]
    address = reverse(f"admin:{label}_{model}_{word}", args=arguments)

    answer = superuser.post(address, {"post": "yes"})

    assert answer.status_code in ((200, 405) if word == "history" else (403,))


@pytest.mark.parametrize(("label", "model"), sorted({page[:2] for page in PAGES}))
def test_the_list_offers_a_superuser_no_action(superuser, label, model):
    row = row_of(label, model)
    data = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}

    superuser.post(reverse(f"admin:{label}_{model}_changelist"), data)

    assert apps.get_model(label, model).objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("way", ["save_model", "delete_model", "delete_queryset"])
def test_every_other_way_is_refused_in_words(way):
    shown = next(iter(admin.site._registry.values()))

    with pytest.raises(BypassRefused, match="change nothing"):
        getattr(shown, way)(None, None)


@pytest.mark.parametrize(
    ("name", "to"),
    [
        ("login", "account_login"),
        ("logout", "account_logout"),
        ("password_change", "account_change_password"),
    ],
)
def test_sign_in_and_passwords_go_the_way_of_everybody(superuser, name, to):
    if name == "login":
        superuser.logout()

    answer = superuser.post(reverse(f"admin:{name}"))

    assert answer.status_code == 302
    assert answer.url.startswith(reverse(to))


def test_a_stranger_is_sent_to_the_sign_in(client):
    answer = client.get(reverse("admin:index"), follow=True)

    assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_a_superuser_is_not_above_the_rules(superuser):
    superuser.post(reverse("admin:index"))

    assert superuser.get("/api/v1/systems/").json().get("results", []) == []
