"""What the tests of the reading room share: entries, seals, the numbers that a list shows."""

import re

from ledger.services.entries import append_entry
from ledger.services.sealing import seal
from tests.governance.pages import AT, signed_in
from tests.incidents import factory as cases

ROW = re.compile(r'<th scope="row"[^>]*><a[^>]*href="/ledger/(\d+)/"')


def written(
    *, verb="system.changed", by=None, at=AT, subject=None, system=None, incident=None, **more
):
    """Write one entry and return its number."""
    return append_entry(
        verb=verb,
        actor=by or cases.SETUP,
        at=at,
        subject=subject or ("system", str(system.pk) if system else "x", "a system"),
        system_id=system.pk if system else None,
        incident_id=incident.pk if incident else None,
        **more,
    )


def sealed(at=AT):
    """Seal everything that waits."""
    return seal(at=at)


def shown(client, path, user):
    """Return the numbers of the entries that a list shows to a person, in its order."""
    response = signed_in(client, user).get(path)
    assert response.status_code == 200, response.content.decode()[:2000]
    return numbers_in(response)


def numbers_in(response):
    """Return the numbers of the rows of a page."""
    body = response.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        int(number)
        for number in re.findall(r'<th scope="row"[^>]*><a[^>]*href="/ledger/(\d+)/"', body)
    ]


def bytes_of(response):
    """Return what a response sends, streamed or not."""
    return b"".join(response.streaming_content) if response.streaming else response.content
