"""The demo's systems go live through every gate, as everybody's do; requirements REG-3, REG-9."""

import pytest
from django.core.management import call_command

from config.story.organisation import story
from registry import gates
from registry.models import System
from registry.selectors.systems import live_deployment

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.mark.full
def test_the_four_systems_pass_every_gate_of_production(db, settings, tmp_path):
    settings.DEMO, settings.DEMO_DIR = True, tmp_path

    call_command("load_demo", gateway="http://127.0.0.1:9/", secret=SECRET)

    systems = System.objects.filter(slug__in=[told["slug"] for told in story()["systems"]])
    assert [one.lifecycle for one in systems] == ["production"] * 4
    for one in systems:
        at = live_deployment(system_id=one.pk).from_at
        assert gates.gaps(edge="go_live", system=one, at=at) == []
