"""The policy says how notices are bundled; what would silence or flood people is refused (W 9)."""

import datetime as dt

import pytest

from governance.rules.notice_checks import notice_policy_of, notice_problems
from governance.rules.policy import policy_from
from governance.rules.policy_parts.notices import Notices
from governance.selectors.policies import PROFILES, shipped_profile
from outbox.notice_policy import notice_policy
from outbox.rules.notices import NoticePolicy
from tests.governance.organisation import AT, organised


def test_the_defaults_are_those_of_the_outbox():
    assert notice_policy_of(Notices()) == NoticePolicy()


@pytest.mark.parametrize("profile", PROFILES)
def test_every_shipped_profile_can_work(profile):
    notices = policy_from(shipped_profile(profile)).notices

    assert list(notice_problems(notices)) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bundle": "soon"}, "no duration"),
        ({"bundle": "2bd"}, "elapsed time"),
        ({"bundle": "1h"}, "longer than 15min"),
        ({"bundle": "9" * 400 + "d"}, "longer than"),
        ({"least_interval": "0s"}, "shorter than 5s"),
        ({"group_every": "1s"}, "shorter than 30s"),
        ({"ceiling": 0}, "at least one"),
        ({"storm": 2}, "no storm"),
    ],
)
def test_what_cannot_work_is_named(changes, words):
    (problem,) = notice_problems(Notices(**changes))

    assert words in problem


@pytest.mark.django_db
def test_the_policy_of_the_topmost_unit_holds():
    organised(profile="bank")

    found = notice_policy(AT)

    assert (found.ceiling, found.storm, found.bundle) == (30, 500, dt.timedelta(minutes=2))


@pytest.mark.django_db
def test_before_any_policy_the_shipped_values_hold():
    assert notice_policy(AT).storm == 200
