"""What a privileged note says is in no pack, page of the record, sheet or export."""

import zipfile

import orjson
import pytest
from django.test import Client

from incidents.models import PrivilegedNote
from incidents.services.notes import write_note
from incidents.services.releases import agree_release, ask_release
from ledger.context import acting_as
from ledger.models import Disclosure
from tests.governance.pages import seen, signed_in
from tests.reports import packing, story

pytestmark = pytest.mark.django_db
SECRET = "Counsel thinks that the clerk Brunhilde Quast will sue us."


@pytest.fixture
def told():
    """The story, with a privileged note on its incident."""
    made = story.closed_story()
    actor = story.person_actor(made.people.maren)
    with acting_as(actor):
        write_note(incident_id=made.incident.pk, text=SECRET, actor=actor, at=story.after(days=3))
    return made


def test_a_pack_holds_neither_the_text_nor_what_would_open_it(told):
    commitment = Disclosure.objects.get(value=SECRET)

    pack = packing.built(told)

    with zipfile.ZipFile(packing.path_of(pack)) as archive:
        for name in archive.namelist():
            assert b"Brunhilde" not in archive.read(name), name
    opened = packing.read(pack, "data/audit/disclosures.jsonl").splitlines()
    assert commitment.commitment not in {orjson.loads(line)["commitment"] for line in opened}
    assert f"commit:{commitment.commitment}".encode() in packing.read(pack, "data/audit/log.jsonl")


def test_a_pack_holds_what_was_released_by_name(told):
    note = PrivilegedNote.objects.get()
    author, officer = (story.person_actor(one) for one in (told.people.maren, told.people.tomasz))
    with acting_as(author):
        ask_release(
            note_id=note.pk,
            recipient="The supervisor",
            reason="It explains the delay.",
            actor=author,
            at=story.after(days=3),
        )
    with acting_as(officer):
        agree_release(note_id=note.pk, actor=officer, at=story.after(days=3))

    pack = packing.built(told)

    opened = packing.read(pack, "data/audit/disclosures.jsonl").splitlines()
    assert SECRET in {orjson.loads(line)["value"] for line in opened}


def test_the_page_shows_the_text_to_compliance_and_its_existence_to_others(told):
    path = f"/incidents/{told.incident.number}/"

    shown = {name: seen(Client(), path, getattr(told.people, name)) for name in ("maren", "nils")}

    assert SECRET in shown["maren"]
    assert "Brunhilde" not in shown["nils"]
    assert "1 note. Its text is in no pack" in shown["nils"]


def test_sheets_search_and_the_api_of_others_hold_no_word_of_it(told):
    client = signed_in(Client(), told.people.nils)
    number = told.incident.number

    paths = (
        f"/incidents/{number}/record.csv",
        f"/api/v1/incidents/{number}/",
        f"/api/v1/incidents/{number}/notes",
        "/ledger/?q=Brunhilde",
    )
    answers = {path: client.get(path) for path in paths}

    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(
        paths, 200
    )
    for path, answer in answers.items():
        body = answer.content if not answer.streaming else b"".join(answer.streaming_content)
        assert b"Quast" not in body.replace(b"Brunhilde", b""), path
        assert b"will sue us" not in body, path


def test_the_api_takes_a_note_and_does_not_repeat_its_text(told):
    client = signed_in(Client(), told.people.maren)
    path = f"/api/v1/incidents/{told.incident.number}/notes"

    answer = client.post(path, {"text": SECRET}, content_type="application/json")
    read = client.get(path).json()

    assert answer.status_code == 201
    assert "text" not in answer.json()
    assert (read["count"], read["notes"][0]["text"]) == (2, SECRET)
