"""Who may have a pack, of which period, and what is put on record."""

import datetime as dt

import pytest

from ledger.context import acting_as
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.selectors.lines import lines_of_object
from reports.models import Pack
from reports.selectors.pack_rights import reach_for_packs
from reports.services.packs import download_pack, request_again
from tests.reports import packing, story

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["jonas", "maren", "tomasz", "nils", "claire"])
def test_owner_second_line_auditor_and_executive_may_have_a_pack(who):
    told = story.base()

    pack = packing.asked(told, by=getattr(told.people, who))

    assert pack.state == Pack.State.QUEUED


@pytest.mark.parametrize("who", ["priya", "ines"])
def test_others_are_refused_in_words_with_who_can(who):
    told = story.base()

    with pytest.raises(Forbidden) as refused:
        packing.asked(told, by=getattr(told.people, who))

    assert refused.value.reason == (
        "You cannot have an evidence pack of Claims approval: that takes the owner, a compliance "
        "officer, a risk officer, an executive or an auditor."
    )
    assert refused.value.who_can == (
        "Jonas Weber",
        "Nils Bergström",
        "Maren Vogt",
        "Claire Dubois",
        "Tomasz Zieliński",
    )
    assert refused.value.recorded


def test_a_token_is_refused():
    told = story.base()
    token = Actor(kind="token", id=str(told.people.nils.pk), name="feed")

    with pytest.raises(Forbidden, match="a person answers for it"), acting_as(token):
        download_pack(pack_id=packing.asked(told).pk, actor=token, at=story.AT)


def test_a_role_that_ended_opens_nothing():
    told = story.base()
    with acting_as(story.ENGINE):
        role = told.people.nils.roles.get()
        role.until_at = story.AT - dt.timedelta(days=1)
        role.save()

    with pytest.raises(Forbidden):
        packing.asked(told)


@pytest.mark.parametrize("since", [story.AT, story.AT + dt.timedelta(days=1)])
def test_a_period_that_has_not_begun_is_refused(since):
    told = story.base()

    with pytest.raises(Invalid) as refused:
        packing.asked(told, since=since, until=story.AT + dt.timedelta(days=2))

    assert "since" in refused.value.fields


def test_an_end_to_come_is_cut_to_now():
    told = story.base()

    pack = packing.asked(told, until=story.AT + dt.timedelta(days=7))

    assert pack.until == story.AT


def test_packs_are_numbered_by_year():
    told = story.base()

    numbers = [packing.asked(told).number for _ in range(2)]

    assert numbers == ["EP-2027-00001", "EP-2027-00002"]


def test_the_request_itself_lies_outside_its_pack():
    told = story.base()

    pack = packing.asked(told)

    assert pack.request_entry == pack.newest_entry + 1


def test_a_download_is_on_record(without_pango):
    told = story.base()
    pack = packing.built(told)
    actor = story.person_actor(told.people.maren)

    with acting_as(actor):
        path = download_pack(pack_id=pack.pk, actor=actor, at=story.AT)

    line = lines_of_object(object_type="pack", object_id=str(pack.pk))[0]
    assert path == packing.path_of(pack)
    assert (line.verb, line.actor, line.body["details"]["sha256"]) == (
        "pack.downloaded",
        "Maren Vogt",
        pack.sha256,
    )


def test_a_pack_that_is_not_ready_is_not_downloaded():
    told = story.base()
    pack = packing.asked(told)
    actor = story.person_actor(told.people.nils)

    with pytest.raises(Conflict, match="nothing to download yet"), acting_as(actor):
        download_pack(pack_id=pack.pk, actor=actor, at=story.AT)


def test_a_failed_pack_starts_anew(settings, without_pango):
    told = story.base()
    settings.PACK_MAX_BYTES = 1
    pack = packing.built(told)
    settings.PACK_MAX_BYTES = 10**9
    actor = story.person_actor(told.people.nils)

    with acting_as(actor):
        request_again(pack_id=pack.pk, actor=actor, at=story.AT)

    packing.again(pack)
    assert pack.state == Pack.State.READY


def test_only_a_failed_pack_starts_anew():
    told = story.base()
    pack = packing.asked(told)
    actor = story.person_actor(told.people.nils)

    with pytest.raises(Conflict, match="only a failed pack"), acting_as(actor):
        request_again(pack_id=pack.pk, actor=actor, at=story.AT)


def test_a_person_is_offered_the_systems_whose_packs_they_may_have():
    told = story.base()

    offered = [
        reach_for_packs(user=user, at=story.AT).systems
        for user in (told.people.nils, told.people.priya)
    ]

    assert offered == [[told.system], []]
