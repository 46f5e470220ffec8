"""How endpoints of ticket systems are told from others."""

PREFIX = "ticket:"


def system_of(endpoint_name: str) -> str:
    """Return the name of the other system as people know it: 'jira' of 'ticket:jira'."""
    return endpoint_name.removeprefix(PREFIX)
