"""Pages, refusals and mails in the reader's language; the record stays in its own (issue 8)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from config.catalogue import Entry, compiled, read, write
from config.extraction import of_python, of_template
from config.languages import language_of
from config.templatetags.languages import told
from governance.rules.notices import Notice, body, subject
from ledger.rules.worded import joined, shortened, term, worded, worded_number
from outbox.languages import mailed, recording, spoken, spoken_to
from outbox.rules.mails import Mail
from tests.incidents.factory import person

CATALOGUE = Path(settings.BASE_DIR) / "locale" / "de" / "LC_MESSAGES" / "django.po"


# ---------------------------------------------------------------- words of the lower floors
def test_a_worded_sentence_is_english_everywhere_and_german_to_a_german_reader():
    said = worded("Motion {number} is not open for votes any more.", number="2026-19")

    assert said == "Motion 2026-19 is not open for votes any more."
    assert spoken_to(said, "de") == "Antrag 2026-19 ist nicht mehr zur Abstimmung offen."


def test_a_part_that_was_worded_is_said_in_the_language_too_and_a_name_never_is():
    said = worded("Plan {number} is {state}.", number="Open", state=term("Open"))

    assert spoken_to(said, "de") == "Plan Open steht auf „Offen“."


def test_texts_that_were_joined_are_each_said_in_the_language():
    said = joined(" ", ["Say why.", worded("At most {longest} characters.", longest=80)])

    assert said == "Say why. At most 80 characters."
    assert spoken_to(said, "de") == "Sagen Sie, warum. Höchstens 80 Zeichen."


def test_what_english_shortens_is_a_whole_sentence_in_another_language():
    whole = worded("Motion {number} is not open for votes any more.", number="2026-19")

    said = shortened("not open any more", whole)

    assert said == "not open any more"
    assert spoken_to(said, "de") == "Antrag 2026-19 ist nicht mehr zur Abstimmung offen."


def test_words_of_ours_are_told_and_what_a_person_wrote_is_not():
    with translation.override("de"):
        shown = (told("Open"), told(term("Open")))

    assert shown == ("Open", "Offen")


def test_a_number_of_things_takes_the_form_of_the_language():
    said = worded_number("{number} thing", "{number} things", number=2)

    assert said == "2 things"
    assert spoken_to(said, "de") == "2 things"


def test_what_nobody_has_translated_stays_as_it_is():
    assert spoken_to("Nobody wrote this sentence down.", "de") == "Nobody wrote this sentence down."


def test_what_is_drawn_for_the_record_speaks_the_language_of_the_record():
    with translation.override("de"), recording():
        assert spoken("Open") == "Open"


def test_a_language_that_there_is_not_is_answered_in_that_of_the_record():
    assert spoken_to("Open", "xx") == "Open"


def test_a_mail_of_the_escalation_is_in_its_reader_s_language_with_its_dates():
    due = datetime(2026, 11, 16, 0, 0, tzinfo=UTC)
    notice = Notice(
        stage="acknowledge",
        number="INC-2026-0041",
        title="Accuracy fell",
        summary="It fell.",
        severity="moderate",
        due_at=due,
        fired_at=due - timedelta(hours=1),
        zone="Europe/Berlin",
        level=0,
        repeat=0,
        url="https://countersign.example.org/incidents/INC-2026-0041/",
    )
    mail = Mail("key", None, "a@example.org", subject(notice), body(notice))

    german = mailed(mail, "de")

    assert mail.subject == "Acknowledge INC-2026-0041 by Mon 16 Nov 2026 01:00: Accuracy fell"
    assert german.subject == "INC-2026-0041 übernehmen bis Mo 16. Nov. 2026 01:00: Accuracy fell"
    assert "Schweregrad: Mittel." in german.body
    assert mailed(mail, "en") == mail


# ---------------------------------------------------------------- which language
@pytest.mark.parametrize(
    ("asked", "answered"),
    [("de-AT,de;q=0.9", "de"), ("fr, de;q=0.5", "de"), ("fr", "en"), ("", "en"), ("\x00", "en")],
)
def test_the_browser_says_the_language_of_signed_out_pages(asked, answered, rf, anonymous):
    request = anonymous(rf.get("/accounts/login/", headers={"Accept-Language": asked}))

    assert language_of(request) == answered


def test_the_api_knows_accept_language_and_no_cookie(rf, anonymous):
    request = anonymous(rf.get("/api/v1/me"))
    request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = "de"

    assert language_of(request) == "en"


@pytest.fixture
def anonymous():
    """Return a function that makes a request that of nobody."""

    def nobody(request):
        request.user = type("Nobody", (), {})()
        return request

    return nobody


@pytest.mark.django_db
def test_the_sign_in_page_is_german_to_a_german_browser(client: Client):
    answer = client.get("/accounts/login/", headers={"Accept-Language": "de"})

    page = answer.content.decode()
    assert '<html lang="de"' in page
    assert "Anmelden" in page
    assert answer["Content-Language"] == "de"


@pytest.mark.django_db
def test_a_person_chooses_their_language_once_and_it_is_on_record(client: Client):
    reader = person()
    client.force_login(reader)

    answer = client.post("/language/", {"language": "de", "next": "/accounts/sessions/"})
    page = client.get("/accounts/sessions/", headers={"Accept-Language": "en"}).content.decode()

    reader.refresh_from_db()
    assert answer.url == "/accounts/sessions/"
    assert reader.language == "de"
    assert '<html lang="de"' in page
    assert "Wo Sie angemeldet sind" in page


@pytest.mark.django_db
@pytest.mark.parametrize("chosen", ["xx", "", "de\x00", "d" * 400])
def test_a_language_that_there_is_not_changes_nothing(client: Client, chosen):
    reader = person()
    client.force_login(reader)

    answer = client.post("/language/", {"language": chosen, "next": "//elsewhere.example.org"})

    reader.refresh_from_db()
    assert (answer.url, reader.language) == ("/", "en")


@pytest.mark.django_db
def test_the_choice_is_made_over_the_api_too(client: Client):
    reader = person()
    client.force_login(reader)

    chosen = client.put("/api/v1/me/language", {"language": "de"}, "application/json")
    refused = client.put("/api/v1/me/language", {"language": "xx"}, "application/json")

    assert (chosen.status_code, refused.status_code) == (204, 400)
    assert client.get("/api/v1/me").json()["language"] == "de"


@pytest.mark.django_db
def test_a_refusal_of_the_api_follows_accept_language_and_its_code_does_not(client: Client):
    client.force_login(person())

    german = client.get("/api/v1/systems/nowhere/", headers={"Accept-Language": "de"}).json()
    english = client.get("/api/v1/systems/nowhere/").json()

    assert german["code"] == english["code"] == "unknown_system"
    assert german["detail"] == "Das System „nowhere“ gibt es nicht, oder Sie dürfen es nicht sehen."
    assert english["detail"] == "There is no system 'nowhere' that you may see."


# ---------------------------------------------------------------- the catalogue's files
def test_a_catalogue_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "django.po"
    entries = [
        Entry('A "quoted"\nline', said=["Eine\tZeile"], places=("a.py",)),
        Entry("one", "many", "of", ["eins", "viele"], ("b.py", "c.py"), fuzzy=True),
        Entry("long " * 60, places=("d.py",)),
    ]

    write(path, "Language: de\n", entries)
    header, *found = read(path)

    assert header.said == ["Language: de\n"]
    assert [(one.key, one.plural, one.places, one.fuzzy) for one in found] == [
        (one.key, one.plural, one.places, one.fuzzy) for one in entries
    ]
    assert found[0].said == ["Eine\tZeile"]


def test_the_compiled_catalogue_is_that_of_the_written_one():
    written = compiled(read(CATALOGUE))

    assert CATALOGUE.with_suffix(".mo").read_bytes() == written, "run bin/messages compile"


# ---------------------------------------------------------------- what is found in the sources
@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('_("Open it")', ["Open it"]),
        ('worded("{number} is closed.", number=1)', ["{number} is closed."]),
        ('def f():\n    raise Invalid("code", "Say why.")', ["Say why."]),
        ('def f():\n    words = "Too long."\n    raise Invalid("c", words)', ["Too long."]),
        ('def f():\n    raise Invalid("c", x, fields={"a": "Wrong."})', ["Wrong."]),
        ('class K(models.TextChoices):\n    A = "a", "Ask"\n    IN_USE = "u"', ["Ask", "In Use"]),
        ('log.info("Nothing of it is for readers")', []),
    ],
)
def test_what_readers_are_told_is_found_in_python(source, found):
    assert sorted({entry.message for entry in of_python(source)}) == sorted(found)


def test_what_readers_are_told_is_found_in_templates():
    source = (
        '{% load i18n %}{% if a %}{% translate "95 % sure" %}{% else %}'
        "{% blocktranslate count number=n %}{{ number }} day{% plural %}{{ number }} days"
        "{% endblocktranslate %}{% endif %}"
    )

    found = [(entry.message, entry.plural) for entry in of_template(source)]

    assert found == [("95 %% sure", ""), ("%(number)s day", "%(number)s days")]
