"""Pages and API of own frameworks: a preview, faults with lines, nothing lost (GOV-3)."""

import datetime as dt
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from outbox import clock
from reports.models import OwnFramework
from tests.registry.law_house import words_of
from tests.reports.control_house import LATER
from tests.reports.own import EXAMPLE, SHORT, Bringing
from tests.reports.test_statement_pages import client_of, page, sent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("law")]
LIST, BRING, DOOR = "/controls/frameworks/", "/controls/frameworks/bring/", "own-frameworks/"
REASON = "Decided by the board."


@pytest.fixture
def of(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    clock.shift(LATER - dt.datetime.now(dt.UTC))
    return Bringing()


def posted(of, act="preview", **fields):
    return client_of(of.officer).post(BRING, {"act": act} | fields)


def test_without_a_framework_the_list_says_what_to_do(of):
    assert "No framework of your own yet" in page(of.officer, LIST)


def test_a_preview_shows_what_is_understood_and_keeps_nothing(of):
    answer = posted(of, text=EXAMPLE.read_text())

    words = words_of(answer.content.decode())
    assert answer.status_code == 200
    assert "What is understood" in words
    assert "H2: Agents stay where they belong" in words
    assert "Keep it as a version" in words
    assert not OwnFramework.objects.exists()


def test_a_file_is_put_into_the_text_to_be_looked_at(of):
    file = SimpleUploadedFile("rules.yaml", SHORT.replace("\n", "\r\n").encode(), "text/yaml")

    answer = posted(of, file=file)

    assert answer.context["form"].initial["text"] == SHORT


def test_a_fault_is_shown_with_its_line_and_the_text_stands_there_still(of):
    text = SHORT.replace("registry_record", "horoscope")

    answer = posted(of, act="keep", text=text, reason=REASON)

    assert answer.status_code == 400
    assert [one.line for one in answer.context["faults"]] == [9]
    assert answer.context["form"].initial == {"text": text, "reason": REASON}
    assert "horoscope" in words_of(answer.content.decode())


def test_a_file_that_cannot_be_read_is_refused_beside_its_field(of):
    answer = posted(of, file=SimpleUploadedFile("x.yaml", b"\xff\xfe\x00", "text/yaml"))

    assert answer.status_code == 400
    assert "UTF-8" in answer.context["form"].errors["file"][0]


def test_what_is_kept_waits_for_another_person(of):
    answer = posted(of, act="keep", text=SHORT, reason=REASON)

    row = OwnFramework.objects.get()
    assert answer.status_code == 302
    assert (row.state, row.text) == ("proposed", SHORT.strip("\r"))
    assert "You brought it: somebody else puts it into force." in page(
        of.officer, f"{LIST}{row.pk}/"
    )


def test_without_a_reason_nothing_is_kept_and_nothing_lost(of):
    answer = posted(of, act="keep", text=SHORT, reason=" ")

    assert answer.status_code == 400
    assert "Say why." in words_of(answer.content.decode())
    assert "short-rules" in answer.content.decode()
    assert not OwnFramework.objects.exists()


def test_the_second_person_puts_it_into_force_and_its_controls_have_their_page(of):
    row = of.bring()

    answer = client_of(of.second).post(
        f"{LIST}{row.pk}/", {"act": "approve", "sha256": row.sha256, "reason": "Read."}
    )

    assert answer.status_code == 302
    assert "Short rules" in page(of.officer, "/controls/")
    assert "Systems are known" in page(of.officer, "/controls/short-rules/")
    assert "Each of them stands in the register." in page(
        of.officer, "/controls/short-rules/short-rules.S1/"
    )


def test_a_later_version_shows_what_it_changes(of):
    of.stand()
    row = of.bring(SHORT.replace("Systems are known", "All are known"))

    words = page(of.second, f"{LIST}{row.pk}/")

    assert "What it changes of version 1" in words
    assert "All are known" in words


def test_the_text_is_given_out_letter_by_letter(of):
    row = of.bring()

    answer = client_of(of.officer).get(f"{LIST}{row.pk}/framework.yaml")

    assert answer.content.decode() == SHORT
    assert answer["Content-Type"].startswith("text/plain")
    assert "attachment" in answer["Content-Disposition"]


def test_who_may_not_bring_is_told_who_can(of):
    assert client_of(of.writer).get(BRING).status_code == 403


def test_the_api_says_every_fault_with_its_line(of):
    body = {"text": SHORT.replace("registry_record", "horoscope"), "reason": REASON}

    answer = sent(of.officer, DOOR, body)

    assert answer.status_code == 400
    assert answer.json()["faults"] == [
        {"line": 9, "words": "wants: 'horoscope' is no source of evidence."}
    ]


def test_the_api_previews_without_keeping(of):
    answer = sent(of.officer, f"{DOOR}preview", {"text": SHORT})

    found = answer.json()
    assert (answer.status_code, found["faults"], found["against"]) == (200, [], None)
    assert found["document"]["controls"][0]["wants"] == ["registry_record"]
    assert not OwnFramework.objects.exists()


def test_the_api_takes_a_version_through_its_life(of):
    made = sent(of.officer, DOOR, {"text": SHORT, "reason": REASON}).json()
    own = sent(of.officer, f"{DOOR}{made['id']}/approve",
               {"sha256": made["sha256"], "reason": "Read."})  # fmt: skip

    approved = sent(of.second, f"{DOOR}{made['id']}/approve",
                    {"sha256": made["sha256"], "reason": "Read."})  # fmt: skip
    text = client_of(of.officer).get(f"/api/v1/{DOOR}{made['id']}/text")
    ended = sent(of.second, f"{DOOR}{made['id']}/withdraw", {"reason": "The contract ended."})

    assert own.status_code == 403
    assert approved.json()["state"] == "in_force"
    assert text.content.decode() == SHORT
    assert ended.json()["state"] == "withdrawn"
    assert sent(of.second, f"{DOOR}{made['id']}/refuse", {"reason": "x"}).status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {"text": "\x00", "reason": REASON},
        {"text": 5, "reason": REASON},
        {"text": [], "reason": REASON},
        {"text": "x" * 600_000, "reason": REASON},
        {"text": SHORT, "reason": ""},
        {"text": "&a [*a]", "reason": REASON},
        {"reason": REASON},
    ],
)
def test_bad_input_is_refused_in_words(of, body):
    answer = sent(of.officer, DOOR, json.dumps(body))

    assert answer.status_code == 400
    assert not OwnFramework.objects.exists()


def test_the_shipped_controls_page_and_sheet_hold_own_ones_too(of):
    of.stand()

    sheet = client_of(of.officer).get("/controls/short-rules/list.csv").content.decode()
    ready = page(of.officer, "/controls/readiness/")

    assert "short-rules.S1" in sheet
    assert "Short rules" in ready
