"""The commands of an incident: opening one, and the one function that changes its state."""

from incidents.services.commands.context import Result
from incidents.services.commands.execution import execute, lock_incident
from incidents.services.commands.opening import open_incident

__all__ = ["Result", "execute", "lock_incident", "open_incident"]
