"""Comments on the page of a case and by the API; what changed since a look (issue 8, 3)."""

import datetime as dt
import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from incidents.models import CaseLook, Comment, CommentFile
from ledger.models import Entry
from tests.governance import organisation as org
from tests.governance.pages import (
    AT,
    queries,
    readings,
    section,
    seen,
    signed_in,
    stand_at,
    text_of,
)
from tests.incidents import factory as cases
from tests.incidents.test_api_gateway import token
from tests.incidents.test_comments import say

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _standing_clock(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    stand_at(AT)
    yield
    stand_at(None)


@pytest.fixture
def of():
    made = org.organised(risk_tier="high")
    readings(made.house.series, 0.97, 0.96, 0.91, 0.85)
    return made


@pytest.fixture
def incident(of):
    """A case that a reading has opened."""
    (found,) = org.read(of)
    return cases.fresh(found)


def page(incident):
    return f"/incidents/{incident.number}/"


def comments(incident):
    return f"{page(incident)}comments/"


def api(incident, what="comments/"):
    return f"/api/v1/incidents/{incident.number}/{what}"


def posted(client, incident, user, **fields):
    """Send the form of a comment."""
    given = {"text": "The feed stood still.", "key": cases.unique("key")} | fields
    return signed_in(client, user).post(comments(incident), given)


def body_of(response):
    """Return the mark-up of the comments of a page."""
    return section(response.content.decode(), 'id="comments"', "</section>")


@pytest.mark.parametrize("who", ["owner", "deputy", "compliance", "risk", "executive"])
def test_whoever_sees_the_case_writes_below_it(client, of, incident, who):
    response = posted(client, incident, getattr(of.house, who))

    comment = Comment.objects.get()
    assert response["Location"] == f"{page(incident)}#comment-{comment.pk}"
    assert "The feed stood still." in seen(client, page(incident), of.house.auditor)


def test_the_auditor_reads_them_and_gets_no_form(client, of, incident):
    say(incident, of.house.owner)

    response = signed_in(client, of.house.auditor).get(page(incident))

    assert "The feed stood still." in body_of(response)
    assert "<form" not in body_of(response)
    assert "auditor reads everything" in body_of(response)


def test_the_auditor_is_refused_in_words_and_on_record(client, of, incident):
    response = posted(client, incident, of.house.auditor)

    assert response.status_code == 403
    assert "reads everything and changes nothing" in text_of(response)
    assert Entry.objects.filter(verb="request.refused", actor_id=str(of.house.auditor.pk)).exists()


def test_who_does_not_see_the_case_gets_neither_page_nor_comment(client, of, incident):
    stranger = signed_in(client, of.house.stranger)

    codes = [
        stranger.get(comments(incident)).status_code,
        stranger.post(comments(incident), {"text": "x"}).status_code,
        stranger.get(api(incident)).status_code,
        stranger.post(api(incident), {"text": "x"}, "application/json").status_code,
    ]

    assert codes == [404] * 4


def test_what_is_typed_is_text_and_never_mark_up(client, of, incident):
    evil = (
        "<script>alert(1)</script> <img src=x onerror=alert(1)> {{ 7|add:7 }} {% now %}"
        " javascript:alert(1) [x](javascript:alert(1)) &lt;b&gt; \u202eevil\u202c"
    )

    posted(client, incident, of.house.owner, text=evil)

    shown = body_of(client.get(page(incident)))
    assert "<script" not in shown
    assert "<img" not in shown
    assert 'href="javascript' not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "{{ 7|add:7 }}" in shown
    assert "&amp;lt;b&amp;gt;" in shown
    assert '<p dir="auto">' in shown


def test_paragraphs_and_numbers_of_records_are_shown_as_such(client, of, incident):
    series = of.house.series

    posted(
        client, incident, of.house.owner,
        text=f"One\ntwo\n\nAs in {incident.number} and № 12, KPI {series.pk}.",
    )  # fmt: skip

    shown = body_of(client.get(page(incident)))
    assert "One<br>two</p>" in shown
    assert f'<a href="/incidents/{incident.number}/">{incident.number}</a>' in shown
    assert '<a href="/ledger/12/">№ 12</a>' in shown
    assert f'<a href="/systems/{of.house.system.slug}/kpis/{series.pk}/">' in shown


def test_a_name_behind_an_at_sign_tells_and_stands_out(client, of, incident):
    response = posted(client, incident, of.house.owner, text=f"@{of.house.risk.name}, see.")

    shown = body_of(client.get(page(incident)))
    told = text_of(client.get(response["Location"].partition("#")[0]))
    assert f'<b class="comment__name">@{of.house.risk.name}</b>' in shown
    assert f"Told: {of.house.risk.name}" in told


def test_who_may_not_see_the_case_is_refused_at_the_field_and_the_text_is_kept(
    client, of, incident
):
    response = posted(client, incident, of.house.owner, text=f"Well @{of.house.stranger.name} ?")

    assert response.status_code == 400
    assert f"{of.house.stranger.name} may not see {incident.number}" in text_of(response)
    assert f"Well @{of.house.stranger.name} ?" in response.content.decode()
    assert not Comment.objects.exists()


def test_the_list_of_people_works_without_script(client, of, incident):
    html_of_page = signed_in(client, of.house.owner).get(page(incident)).content.decode()
    form = section(html_of_page, 'id="write"', "</form>")

    posted(client, incident, of.house.owner, tell=[str(of.house.risk.pk)])

    assert f'value="{of.house.risk.pk}"' in form
    assert str(of.house.stranger.pk) not in form
    assert [row.person for row in Comment.objects.get().mentions.all()] == [of.house.risk]


def test_a_file_is_given_out_as_it_came_and_that_is_on_record(client, of, incident):
    posted(client, incident, of.house.owner, files=[SimpleUploadedFile("run.csv", b"a,b\n1,2\n")])
    file = CommentFile.objects.get()

    response = signed_in(client, of.house.auditor).get(f"{comments(incident)}files/{file.pk}")

    assert b"".join(response.streaming_content) == b"a,b\n1,2\n"
    assert response["Content-Disposition"] == 'attachment; filename="run.csv"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert Entry.objects.filter(verb="incident.comment_file_taken_out").exists()


def test_a_file_of_another_case_is_not_there(client, of, incident):
    other = cases.opened(of.house)
    say(other, of.house.owner, uploads=[SimpleUploadedFile("a.txt", b"x")])
    file = CommentFile.objects.get()

    response = signed_in(client, of.house.owner).get(f"{comments(incident)}files/{file.pk}")

    assert response.status_code == 404


def test_a_file_that_was_changed_is_not_given_out(client, of, incident, tmp_path):
    say(incident, of.house.owner, uploads=[SimpleUploadedFile("a.txt", b"x")])
    file = CommentFile.objects.get()
    (tmp_path / "documents" / file.sha256[:2] / file.sha256).write_bytes(b"y")

    response = signed_in(client, of.house.owner).get(f"{comments(incident)}files/{file.pk}")

    assert response.status_code == 409


def test_a_program_is_refused_at_the_field(client, of, incident):
    response = posted(client, incident, of.house.owner, files=[SimpleUploadedFile("a.exe", b"MZ")])

    assert response.status_code == 400
    assert "We do not take a file that ends in .exe" in text_of(response)


def test_records_are_linked_with_what_they_are_and_the_comment_says_why(client, of, incident):
    other = cases.opened(of.house)

    posted(client, incident, of.house.owner, text="The same feed.", records=f"{other.number}\n")

    shown = body_of(client.get(page(incident)))
    assert f'<a href="/incidents/{other.number}/">{other.number}: {other.title}</a>' in shown


def test_a_reading_is_copied_in_as_it_was_when_it_was_linked(client, of, incident):
    series = of.house.series
    address = f"http://testserver/systems/{of.house.system.slug}/kpis/{series.pk}/"

    refused = posted(client, incident, of.house.owner, records=address)
    posted(client, incident, of.house.owner, records=address.partition("testserver")[2])

    assert refused.status_code == 400
    assert "0.85, window to" in body_of(client.get(page(incident)))


def test_its_author_withdraws_it_and_it_stays_to_be_read(client, of, incident):
    comment = say(incident, of.house.owner).comment

    response = signed_in(client, of.house.owner).post(
        f"{comments(incident)}{comment.pk}/withdraw/", {"reason": "Wrong case."}
    )

    shown = body_of(client.get(response["Location"].partition("#")[0]))
    assert "Wrong case." in shown
    assert "The feed stood still." in shown
    assert 'data-state="void"' in shown


def test_a_correction_stands_beside_what_it_corrects(client, of, incident):
    first = say(incident, of.house.owner).comment
    form = signed_in(client, of.house.owner).get(f"{comments(incident)}?corrects={first.pk}")

    posted(client, incident, of.house.owner, text="It ran.", corrects=str(first.pk))

    shown = body_of(client.get(page(incident)))
    assert f'value="{first.pk}"' in form.content.decode()
    assert f'href="#comment-{first.pk}">corrects an earlier comment' in shown
    assert "The feed stood still." in shown


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "\x00"},
        {"text": ""},
        {"text": "a" * 10_001},
        {"tell": ["x"]},
        {"tell": ["00000000-0000-0000-0000-000000000000"]},
        {"corrects": "x"},
        {"records": "x" * 9000},
        {"records": "http://["},
        {"key": "k" * 65},
    ],
)
def test_nonsense_is_told_on_the_form(client, of, incident, fields):
    response = posted(client, incident, of.house.owner, **fields)

    assert response.status_code == 400
    assert not Comment.objects.exists()


@pytest.mark.parametrize("query", ["?before=x", "?before=00000000-0000-0000-0000-000000000000",
                                   "?corrects=%00", "?as_of=x"])  # fmt: skip
def test_nonsense_in_the_address_of_the_list_is_no_error(client, of, incident, query):
    response = signed_in(client, of.house.owner).get(f"{comments(incident)}{query}")

    assert response.status_code in (200, 400, 404)


def test_at_an_earlier_instant_only_what_was_said_by_then_stands_there(client, of, incident):
    say(incident, of.house.owner, "Early.", at=AT)
    say(incident, of.house.owner, "Late.", at=AT + 2 * MINUTE)
    stand_at(AT + 5 * MINUTE)
    then = (AT + MINUTE).isoformat().replace("+00:00", "Z")

    case = seen(client, f"{page(incident)}?as_of={then}", of.house.owner)
    listed = seen(client, f"{comments(incident)}?as_of={then}", of.house.owner)

    assert "Early." in case
    assert "Late." not in case
    assert "Early." in listed
    assert "Late." not in listed
    assert "Write the comment" not in case + listed


def test_the_number_of_queries_does_not_grow_with_the_comments(client, of, incident):
    say(incident, of.house.owner, f"@{of.house.risk.name} № 1", records=[incident.number])
    signed_in(client, of.house.compliance).get(page(incident))
    few, listed = queries(client, page(incident)), queries(client, comments(incident))

    for number in range(30):
        say(incident, of.house.owner, f"{number} @{of.house.risk.name}", records=[incident.number])

    assert queries(client, page(incident)) <= few + 1  # how many there are besides those shown
    assert queries(client, comments(incident)) <= listed + 2
    assert queries(client, f"{page(incident)}?record=all") <= few + 1
    assert few <= 45


@pytest.mark.full
def test_two_hundred_comments_go_page_by_page(client, of, incident):
    for number in range(200):
        say(incident, of.house.owner, f"Said {number}.", at=AT + number * dt.timedelta(seconds=1))
    reader = signed_in(client, of.house.auditor)

    case = text_of(reader.get(page(incident)))
    address, told = comments(incident), []
    while address:
        html_of_page = reader.get(address).content.decode()
        told = re.findall(r"Said \d+\.", html_of_page) + told
        older = re.search(r'rel="next" href="([^"]*)"', html_of_page)
        address = f"{comments(incident)}{html.unescape(older[1])}" if older else ""

    assert "192 earlier comments" in case
    assert told == [f"Said {number}." for number in range(200)]


def test_what_others_did_since_the_last_look_is_said_once_and_marked(client, of, incident):
    reader = signed_in(client, of.house.compliance)
    first = text_of(reader.get(page(incident)))
    number = say(incident, of.house.owner).comment.entry_number

    second = reader.get(page(incident))
    third = text_of(reader.get(page(incident)))

    assert "since you looked" not in first
    assert "1 change since you looked on" in text_of(second)
    assert second.content.decode().count(" data-new>") == 1
    assert "#record" in section(second.content.decode(), 'id="news"', "</p>")
    assert number == CaseLook.objects.get(person=of.house.compliance).entry_number
    assert "since you looked" not in third


def test_ones_own_acts_are_no_news(client, of, incident):
    reader = signed_in(client, of.house.compliance)
    reader.get(page(incident))

    say(incident, of.house.compliance)

    assert "since you looked" not in text_of(reader.get(page(incident)))


def test_an_address_marks_what_came_after_an_entry(client, of, incident):
    number = say(incident, of.house.owner).comment.entry_number

    response = signed_in(client, of.house.compliance).get(f"{page(incident)}?since={number - 1}")

    assert response.content.decode().count(" data-new>") == 1


def test_to_look_at_the_past_or_by_the_steps_is_no_look(client, of, incident):
    reader = signed_in(client, of.house.compliance)
    then = AT.isoformat().replace("+00:00", "Z")

    reader.get(f"{page(incident)}?as_of={then}")
    reader.get(comments(incident))

    assert not CaseLook.objects.filter(person=of.house.compliance).exists()


def test_looking_leaves_nothing_on_record(client, of, incident):
    before = Entry.objects.count()

    signed_in(client, of.house.compliance).get(page(incident))

    assert Entry.objects.count() == before
    assert CaseLook.objects.get(person=of.house.compliance).entry_number > 0


def test_who_cannot_act_asks_those_who_can_from_the_case(client, of, incident):
    reader = signed_in(client, of.house.compliance)
    shown = reader.get(page(incident)).content.decode()

    response = reader.post(f"{page(incident)}ask/acknowledge/", {"case": "1"})

    assert f'action="{page(incident)}ask/acknowledge/"' in shown
    assert response["Location"] == page(incident)
    assert of.house.owner.name in text_of(reader.get(page(incident)))


@pytest.mark.parametrize("who", ["owner", "auditor"])
def test_who_can_act_or_only_reads_is_not_offered_to_ask(client, of, incident, who):
    shown = signed_in(client, getattr(of.house, who)).get(page(incident)).content.decode()

    assert "Ask them to act" not in shown


def test_findings_arrive_drafted_with_their_sources(client, of, incident):
    before = cases.bring(of.house, "CLOSED")
    cases.do(incident, "acknowledge", of.house.owner)
    cases.evidence(incident, of.house.owner)

    response = signed_in(client, of.house.owner).get(f"{page(incident)}submit_findings/")

    form = html.unescape(section(response.content.decode(), 'id="act"', "</form>"))
    assert "It began" in form or "When it began is not known" in form
    assert "decision events" in form
    assert f"Version {of.house.good.label} was live since" in form
    assert f"before it {of.house.bad.label}" in form
    assert f"{before.number} was similar" in form
    assert "Why it happened:" in form
    assert f'href="/incidents/{before.number}/"' in form
    assert f'href="/systems/{of.house.system.slug}/versions/{of.house.good.label}/"' in form
    assert f'href="/systems/{of.house.system.slug}/kpis/{of.house.series.pk}/"' in form
    assert client.get(api(incident, "findings-draft")).json()["narrative"].strip() in form


def test_a_draft_that_was_left_as_it_came_is_not_signed(client, of, incident):
    cases.do(incident, "acknowledge", of.house.owner)
    cases.evidence(incident, of.house.owner)
    incident = cases.fresh(incident)
    given = cases.usual_fields("submit_findings", incident) | {
        "narrative": "It began then.\n\nWhy it happened: ", "version": incident.version, "key": "k",
        "affected_from": "2026-11-20T10:00",
    }  # fmt: skip

    response = signed_in(client, of.house.owner).post(
        f"{page(incident)}submit_findings/", {name: value for name, value in given.items() if value}
    )

    assert response.status_code == 400
    assert "leaves to you why it happened" in text_of(response)


def test_the_case_file_prints_all_comments_and_no_form(client, of, incident):
    for number in range(12):
        say(incident, of.house.owner, f"Said {number}.")

    shown = body_of(signed_in(client, of.house.owner).get(f"{page(incident)}?record=all"))

    assert all(f"Said {number}." in shown for number in range(12))
    assert 'class="comment-form no-print"' in shown


def test_the_api_says_what_the_page_says(client, of, incident):
    reader = signed_in(client, of.house.owner)
    other = cases.opened(of.house)

    made = reader.post(
        api(incident),
        {"text": f"@{of.house.risk.name} and @nobody", "records": [other.number]},
        "application/json",
    )

    listed = reader.get(api(incident)).json()
    assert made.status_code == 201
    assert made.json()["nobody"] == ["nobody"]
    (row,) = listed["results"]
    assert [one["name"] for one in row["told"]] == [of.house.risk.name]
    assert row["records"][0]["address"] == f"/incidents/{other.number}/"
    assert (row["withdrawal"], listed["as_of"]) == (None, None)


def test_the_api_takes_files_and_gives_them_back(client, of, incident):
    reader = signed_in(client, of.house.owner)

    made = reader.post(
        api(incident), {"text": "See.", "files": [SimpleUploadedFile("a.txt", b"x")]}
    )

    (file,) = made.json()["files"]
    assert b"".join(reader.get(api(incident, f"comments/files/{file['id']}"))) == b"x"


def test_the_api_withdraws_links_and_lists_people(client, of, incident):
    reader = signed_in(client, of.house.owner)
    other = cases.opened(of.house)
    made = reader.post(
        api(incident, "links/"), {"record": other.number, "reason": "The same."}, "application/json"
    )
    before = reader.get(api(incident, "links/")).json()

    gone = reader.post(
        api(incident, f"comments/{made.json()['id']}/withdrawal"), {"reason": "Not the same."},
        "application/json",
    )  # fmt: skip

    people = {one["name"] for one in reader.get(api(incident, "people")).json()}
    assert [(one["kind"], one["reason"]) for one in before] == [("incident", "The same.")]
    assert gone.status_code == 201
    assert reader.get(api(incident, "links/")).json() == []
    assert of.house.risk.name in people


def test_the_api_says_what_changed_and_takes_that_it_was_seen(client, of, incident):
    reader = signed_in(client, of.house.compliance)
    never = reader.get(api(incident, "look")).json()
    reader.post(api(incident, "look"))
    say(incident, of.house.owner)

    since = reader.get(api(incident, "look")).json()

    assert never == {"looked_at": None, "entry": None, "changes": []}
    assert [one["verb"] for one in since["changes"]] == ["incident.commented"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 400),
        ({"text": ""}, 400),
        ({"text": 7}, 201),
        ({"text": None}, 400),
        ({"text": "x\x00"}, 400),
        ({"text": "x" * 10_001}, 400),
        ({"text": "x", "tell": ["y"]}, 400),
        ({"text": "x", "tell": "y"}, 400),
        ({"text": "x", "tell": [str(number) for number in range(30)]}, 400),
        ({"text": "x", "records": ["x" * 700]}, 400),
        ({"text": "x", "records": [{"a": 1}]}, 400),
        ({"text": "x", "records": ["/ledger/999999999999999/"]}, 400),
        ({"text": "x", "records": ["/systems/x/kpis/999999999999999/"]}, 400),
        ({"text": "x", "corrects": "00000000-0000-0000-0000-000000000000"}, 404),
        ([], 400),
        ("x", 400),
    ],
)
def test_the_api_refuses_what_is_no_comment_in_words(client, of, incident, body, code):
    response = signed_in(client, of.house.owner).post(api(incident), body, "application/json")

    assert response.status_code == code, response.content


def test_a_service_token_says_and_reads_nothing(of, incident):
    machine = token(of.house, "read")

    read, written = machine.get(api(incident)), machine.post(api(incident), {"text": "x"})

    assert (read.status_code, written.status_code) == (403, 403)
    assert "a person's act" in read.json()["detail"]
