"""A house with classified systems and the law loaded, to ask about."""

import html
import re

from django.test import Client

from ledger.context import acting_as
from registry.models import Classification
from registry.services.reference import load_reference
from tests.net import SETUP, told
from tests.registry.factories import AT, call, role, system, unit, user

NOT_PLACED = {"placed_on_market": {"value": "no"}}


@told
def classified(of, *, tiers=(), roles=(), points=(), flags=(), waiting=(), answers=None, **changes):
    """Give a system a confirmed classification with these facts."""
    row = Classification(
        system=of,
        number=1,
        state="confirmed",
        questionnaire="ai_act_classification@test",
        answers=NOT_PLACED if answers is None else answers,
        outcome={
            "tiers": list(tiers),
            "roles": list(roles),
            "points": list(points),
            "flags": list(flags),
            "open": list(waiting),
        },
        started_at=AT,
        confirmed_at=AT,
        **changes,
    )
    with acting_as(SETUP):
        row.save(force_insert=True, at=AT)
    return of


class House:
    """A compliance officer at the pages and the API, and six systems; answers are remembered."""

    def __init__(self):
        call(load_reference)
        self.unit = unit()
        self.officer = user(of=self.unit)
        role(self.officer, "compliance", unit=self.unit)
        self.client = Client()
        self.client.force_login(self.officer)
        self.systems = {name: self._system(**facts) for name, facts in SYSTEMS.items()}
        self._known = {}

    def _system(self, **facts):
        return classified(system(of=self.unit), **facts)

    def json(self, address):
        """Return what the API answers."""
        return self._ask(f"/api/v1/{address}", lambda response: response.json())

    def page(self, address):
        """Return the words of a page."""
        return self._ask(address, lambda response: words_of(response.content.decode()))

    def owed(self, name, provision):
        """Return what the API says that a system owes of a provision, None for nothing."""
        told = self.json(f"systems/{self.systems[name].slug}/obligations")
        return {one["provision"]: one for one in told["obligations"]}.get(provision)

    def obligations_page(self, name):
        """Return the words of the page of what a system owes."""
        return self.page(f"/systems/{self.systems[name].slug}/obligations/")

    def _ask(self, address, read):
        if address not in self._known:
            response = self.client.get(address)
            assert response.status_code == 200, (address, response.content[:300])
            self._known[address] = read(response)
        return self._known[address]


def words_of(page):
    """Return the text of the main part of a page, tags gone, blanks single."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", "<main" + main)).split())


SYSTEMS = {
    "credit": {
        "tiers": ["high_risk_annex_iii"],
        "roles": ["deployer"],
        "points": ["III.5.b"],
        "flags": ["affects_persons", "profiling"],
    },
    "grid": {
        "tiers": ["high_risk_annex_iii"],
        "roles": ["deployer"],
        "points": ["III.2.a"],
        "flags": ["public_authority"],
    },
    "device": {
        "tiers": ["high_risk_annex_i"],
        "roles": ["provider"],
        "flags": ["annex_i_section_a"],
    },
    "chatbot": {
        "tiers": ["transparency"],
        "roles": ["provider", "deployer"],
        "flags": ["direct_interaction", "synthetic_content"],
    },
    "filtered": {
        "tiers": ["minimal"],
        "roles": ["provider"],
        "points": ["III.4.a"],
        "flags": ["filter_6_3"],
    },
    "model": {"tiers": ["gpai", "gpai_systemic"], "roles": ["provider"]},
}
