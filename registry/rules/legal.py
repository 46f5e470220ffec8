"""What the Act is asked about a system: the facts that a confirmed classification states.

The vocabulary is that of the reference data (registry/reference): roles of Art. 3, tiers of risk,
points of Annex III. Everything that follows from them (obligations, dates) is data, not code.
"""

from dataclasses import dataclass, field

ROLES = (
    "provider",
    "deployer",
    "authorised_representative",
    "importer",
    "distributor",
    "product_manufacturer",
)
TIERS = (
    "prohibited",
    "high_risk_annex_iii",
    "high_risk_annex_i",
    "transparency",
    "gpai",
    "gpai_systemic",
    "minimal",
)


@dataclass(frozen=True, slots=True)
class LegalFacts:
    """The facts of one system under the AI Act.

    `tiers` of TIERS, several at once (transparency comes on top of others); `roles` of ROLES, those
    of the organisation; `points` of Annex III ('III.5.c'); `flags` are named circumstances that
    conditions of the reference data ask for ('profiling', 'filter_6_3', 'public_authority',
    'annex_i_section_b', 'synthetic_content', 'legacy' …). `open` names the facts that nobody has
    decided yet: a condition on one of these holds as 'to be decided', never as no.
    """

    tiers: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    points: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    open: frozenset[str] = field(default=frozenset())
