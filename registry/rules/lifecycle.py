"""The steps of a system's life as data; requirement REG-3. The models draw the same machine.

'suspended_from' as a target is where the system ran before it was suspended.
"""

EDGES: dict[str, tuple[frozenset[str], str]] = {
    "assess": (frozenset({"proposed"}), "assessed"),
    "approve": (frozenset({"assessed"}), "approved"),
    "start_pilot": (frozenset({"approved"}), "pilot"),
    "go_live": (frozenset({"approved", "pilot"}), "production"),
    "suspend": (frozenset({"pilot", "production"}), "suspended"),
    "resume": (frozenset({"suspended"}), "suspended_from"),
    "retire": (
        frozenset({"proposed", "assessed", "approved", "pilot", "suspended"}),
        "retired",
    ),
}

MAY_DEPLOY = frozenset({"approved", "pilot", "production", "suspended"})


def steps_from(state: str) -> list[str]:
    """Return the edges that leave a state, in the order of a life."""
    return [edge for edge, (sources, _) in EDGES.items() if state in sources]
