"""Who may do what to a system, as one table; workflow.md section 1, requirements REG-3, GOV-4.

'owner' and 'deputy' are the system's own; every other word is a role, held for the system, its
unit, or a unit above. Executing machines of the product stand outside the table.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

OWNERS = frozenset({"owner", "deputy"})
SECOND_LINE = frozenset({"compliance", "risk"})


@dataclass(frozen=True, slots=True)
class Permit:
    """The roles that may, and who may not although they hold one (`barred`)."""

    words: str
    roles: frozenset[str]
    barred: frozenset[str] = field(default=frozenset())


PERMITS: dict[str, Permit] = {
    "register": Permit("register a system", SECOND_LINE | {"administrator"}),
    "classify": Permit("classify a system", SECOND_LINE),
    "version.register": Permit("register a version", OWNERS | {"engineer"}),
    "version.approve": Permit("approve a version", OWNERS | SECOND_LINE),
    "version.revoke": Permit("revoke a version", OWNERS | SECOND_LINE),
    "deploy": Permit("make a version live", OWNERS | {"engineer"}),
    "assess": Permit("assess a system", OWNERS | SECOND_LINE),
    "approve": Permit("approve a system", SECOND_LINE | {"executive"}, barred=OWNERS),
    "start_pilot": Permit("start a pilot", OWNERS | SECOND_LINE),
    "go_live": Permit("put a system into production", SECOND_LINE | {"executive"}, barred=OWNERS),
    "suspend": Permit("suspend a system", OWNERS | SECOND_LINE | {"executive", "emergency"}),
    "resume": Permit("let a system run again", SECOND_LINE | {"executive"}, barred=OWNERS),
    "retire": Permit("retire a system", OWNERS | SECOND_LINE | {"executive"}),
    "administer": Permit("administer people and access", frozenset({"administrator"})),
    "retention.set": Permit("say how long records are kept", frozenset({"compliance"})),
    "hold.set": Permit("set a legal hold", frozenset({"compliance"})),
    "hold.end": Permit("end a legal hold", frozenset({"compliance"})),
    "erasure.ask": Permit("ask for an erasure", frozenset({"compliance"})),
    "erasure.decide": Permit("decide on an erasure", frozenset({"compliance", "executive"})),
}

WORDS_OF_ROLE = {
    "owner": "the owner",
    "deputy": "the deputy",
    "compliance": "a compliance officer",
    "risk": "a risk officer",
    "secretary": "a committee secretary",
    "executive": "an executive",
    "board": "a board member",
    "auditor": "an auditor",
    "engineer": "an engineer",
    "emergency": "an emergency actor",
    "administrator": "an administrator",
}


def why_not(act: str, held: Iterable[str]) -> str | None:
    """Return why who holds these roles may not, None if they may. Raises KeyError for no act."""
    permit, held = PERMITS[act], frozenset(held)
    barred = sorted(held & permit.barred)
    if barred:
        return f"You cannot {permit.words}: you are its {barred[0]}."
    if held & permit.roles:
        return None
    return f"You cannot {permit.words}: that takes {in_words(permit.roles)}."


def in_words(roles: Iterable[str]) -> str:
    """Return roles as a person says them: 'the owner, an engineer or an executive'."""
    order = list(WORDS_OF_ROLE)
    words = [WORDS_OF_ROLE[role] for role in sorted(roles, key=order.index)]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
