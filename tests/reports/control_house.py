"""Systems, people and the law's data, to look at controls with."""

import datetime as dt

from registry.selectors.law import provisions
from reports.rules.controls import ControlScope
from tests.registry.factories import AT, role, system, unit, user
from tests.registry.law_house import classified

HIGH = {
    "tiers": ["high_risk_annex_iii"],
    "roles": ["provider", "deployer"],
    "points": ["III.5", "III.5.c"],
    "flags": ["affects_persons", "profiling"],
    "waiting": [],
}
MINIMAL = {"tiers": ["minimal"], "roles": ["deployer"]}
LATER = AT + dt.timedelta(hours=1)


class Controlled:
    """A unit with a compliance officer and systems; the fixture `law` has the law loaded."""

    def __init__(self, *, systems=1, facts=None):
        self.unit = unit()
        self.officer = user(of=self.unit, name="Maren Vogt")
        role(self.officer, "compliance", unit=self.unit)
        self.systems = [
            system(of=self.unit, name=f"System {number:02}") for number in range(systems)
        ]
        for one in self.systems if facts else ():
            classified(one, **facts)

    def scope(self, *, at=LATER, past=False, systems=None):
        """Return the scope of all systems, or of some."""
        return self.scope_of(systems or self.systems, at=at, past=past)

    @staticmethod
    def scope_of(systems, *, at=LATER, past=False):
        """Return the scope of some systems: the year before an instant."""
        return ControlScope(
            system_ids=tuple(str(one.pk) for one in systems),
            since=at - dt.timedelta(days=365),
            until=at,
            as_of=at,
            past=past,
        )


def ids(kind, *, of):
    """Return the ids of the provisions of a kind in the reference data."""
    return set(provisions(of=of, kind=kind).values_list("pk", flat=True))
