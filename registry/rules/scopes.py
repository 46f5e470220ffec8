"""What a service token may be allowed to do."""

SCOPES: dict[str, str] = {
    "measurements:write": "send measurements",
    "decisions:write": "send decision events",
    "heartbeat:write": "report that a gateway is alive",
    "state:read": "ask whether a version may serve",
    "actions:confirm": "report that an ordered action was carried out",
    "acceptances:propose": "propose to accept a risk, which a body then decides on",
    "versions:write": "register draft versions",
    "evaluations:write": "send evaluation runs",
    "ledger:read": "read the ledger's entries about its systems",
    "metrics:read": "read how the engine and the incidents of its systems fare, for monitoring",
    "read": "read what it is told about its systems",
}


def unknown_scopes(scopes: list[str]) -> list[str]:
    """Return the names that are no scope, sorted."""
    return sorted(set(scopes) - set(SCOPES))
