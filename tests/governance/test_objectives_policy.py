"""KPI-3, KPI-5, KPI-7: what a policy says of slides, budgets and guardrails; what cannot work."""

import msgspec
import pytest
import yaml

from governance.rules.measured_checks import fires_of, measured_problems
from governance.rules.policy import BadPolicy, kept_policy, plain, policy_from
from governance.rules.policy_document import Measured
from governance.selectors.policies import PROFILES, shipped_profile
from telemetry.rules.scorecards import GUARDED
from telemetry.services.catalogue import FILE


def problems(**changes):
    """The problems of the usual values with some changed; dots go inwards."""
    data = msgspec.to_builtins(Measured())
    for path, value in changes.items():
        *outer, last = path.split("__")
        place = data
        for name in outer:
            place = place[name]
        place[last] = value
    return list(measured_problems(msgspec.convert(data, Measured)))


@pytest.mark.parametrize("profile", PROFILES)
def test_the_shipped_profiles_say_it_and_can_be_read_again(profile):
    document = policy_from(shipped_profile(profile))

    assert kept_policy(plain(document)) == document
    pairs = {(pair.gain, pair.guardrail) for pair in document.measured.guardrails}
    assert ("deflection_rate", "reopen_rate") in pairs
    assert ("completion_time", "rework_time") in pairs
    assert ("cost_per_prediction", "accuracy") in pairs
    assert len(pairs) == len(document.measured.guardrails) == 37


@pytest.mark.parametrize("profile", PROFILES)
def test_kpi_3_each_business_kpi_is_judged_beside_a_guardrail_of_the_catalogue(profile):
    kpis = {one["id"]: one for one in yaml.load(FILE.read_text(), Loader=yaml.CSafeLoader)["kpis"]}

    pairs = policy_from(shipped_profile(profile)).measured.guardrails

    assert {name for pair in pairs for name in (pair.gain, pair.guardrail)} <= kpis.keys()
    assert {key for key, one in kpis.items() if one["category"] in GUARDED} <= {
        pair.gain for pair in pairs
    }


def test_the_bank_looks_further_ahead_and_warns_earlier():
    bank, small = (policy_from(shipped_profile(name)).measured for name in ("bank", "small"))

    assert (bank.trends.horizon, small.trends.horizon) == ("56d", "28d")
    assert (bank.budgets.warning.spent, small.budgets.warning.spent) == ("0.5", "0.75")


def test_a_policy_from_before_has_the_usual_values():
    older = {k: v for k, v in shipped_profile("small").items() if k != "measured"}

    document = kept_policy(older)

    assert document.measured == Measured()
    assert not problems()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"trends__method": "guess"}, "is no method"),
        ({"trends__least_windows": 2}, "3 to 100"),
        ({"trends__horizon": "4bd"}, "business time"),
        ({"trends__horizon": "soon"}, "is no duration"),
        ({"budgets__period_days": 0}, "period_days"),
        ({"budgets__warning__short": "6h"}, "shorter than the long one"),
        ({"budgets__critical__burn": "0"}, "above 0"),
        ({"budgets__critical__burn": "inf"}, "above 0"),
        ({"budgets__warning__spent": "1.5"}, "warning <= critical"),
        ({"guardrails": [_pair := {"gain": "a", "guardrail": "a", "warning": "1",
                                   "critical": "2"}]}, "itself"),
        ({"guardrails": [_pair | {"guardrail": "b", "warning": "3"}]}, "warning <= critical"),
        ({"guardrails": [_pair | {"guardrail": "b", "fires": "3:2"}]}, "2:3"),
        ({"guardrails": [_pair | {"guardrail": "b", "fires": "two"}]}, "2:3"),
        ({"guardrails": [_pair | {"guardrail": "b", "window": "0d"}]}, "longer than nothing"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_told_in_a_sentence(changes, words):
    (problem,) = problems(**changes)

    assert words in problem


def test_a_policy_with_it_is_refused():
    data = shipped_profile("small")
    measured = data["measured"] | {"trends": {"method": "guess"}}

    with pytest.raises(BadPolicy, match="is no method"):
        policy_from(data | {"measured": measured})


def test_no_horizon_judges_no_slides():
    assert problems(trends__horizon="") == []


def test_fires_says_how_many_of_how_many():
    assert fires_of("2:3") == (2, 3)
