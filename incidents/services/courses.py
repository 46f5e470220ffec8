"""The courses of cases that ended: drawn with the transition that ends them, for the figures."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from incidents.selectors.figure_queries import DRAW


def draw_courses(*, incident_ids: Collection[UUID]) -> None:
    """Draw the courses of cases from their transitions, or draw them anew."""
    with connection.cursor() as cursor:
        cursor.execute(DRAW, [list(incident_ids)])
