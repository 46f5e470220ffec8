"""Instants in the words of whom a door answers."""

from datetime import datetime

from django.utils.timezone import get_current_timezone

from registry.rules.instants import with_zone


def said_here(instant: datetime) -> str:
    """Say an instant in the zone of whom a door answers: '3 March 2026, 14:00 CET'.

    In UTC to a machine, and where nobody asked.
    """
    return with_zone(instant, get_current_timezone())
