"""A pack is built in the background, whole or not at all."""

import pytest

from ledger.context import acting_as
from reports.models import Pack
from reports.services.building import build_pack
from reports.services.packs import request_pack
from reports.services.validation import validate_pack
from tests.reports import story


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def asked(told, *, by=None, at=story.AT):
    """Ask for a pack of the whole story."""
    actor = story.person_actor(by or told.people.nils)
    with acting_as(actor):
        return request_pack(
            system_id=told.system.pk, since=story.SINCE, until=at, actor=actor, at=at
        )


@pytest.mark.django_db
def test_a_pack_of_the_whole_story_validates(settings):
    pack = asked(story.closed_story())

    build_pack(pack_id=pack.pk, at=story.AT)

    pack.refresh_from_db()
    assert (pack.state, pack.failure) == (Pack.State.READY, "")
    assert validate_pack(settings.MEDIA_ROOT / pack.path).faults == []
    import shutil

    shutil.copy(settings.MEDIA_ROOT / pack.path, "/tmp/pack.zip")
