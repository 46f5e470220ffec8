"""Who could take an incident over: active, near its unit, and without a part against it."""

from incidents.models import Incident
from incidents.rules.plan import from_text
from incidents.rules.segregation import clash
from incidents.selectors.cast import Cast
from registry.models import User
from registry.selectors import units_above


def successors(incident: Incident, cast: Cast) -> list[User]:
    """Return who may become owner or deputy, by name: SEG-08 refuses the others anyway."""
    near = User.objects.filter(
        is_active=True, kind=User.Kind.PERSON, unit_id__in=units_above(unit_id=incident.unit_id)
    )
    pairs = from_text(incident.plan).segregation.extra_pairs
    free = [
        person
        for person in near.order_by("name", "pk")
        if clash(
            act="owned",
            history=cast.history,
            person=person.pk,
            delegate_of=cast.owners_side_of(person.pk),
            extra_pairs=pairs,
        )
        is None
    ]
    present = [incident.owner, incident.deputy]
    found = {person.pk: person for person in [*present, *free]}
    return sorted(found.values(), key=lambda person: (person.name, str(person.pk)))
