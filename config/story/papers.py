"""What the demo's systems have on paper: scope, behaviour, documents, impact assessments."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile

from config.story.readiness import WHY, as_person, told_in
from config.story.surroundings import FILE, Cast
from ledger.context import acting_as
from registry.models import DocumentVersion, System, User
from registry.rules.agent_scope import ApprovalLimit, Data, Scope, Tool
from registry.rules.questionnaires import Answer
from registry.rules.statements import Behaviour
from registry.services.assessments import (
    approve_assessment,
    save_assessment,
    start_assessment,
    submit_assessment,
)
from registry.services.documents import Terms, add_document, review_version
from registry.services.signatures import Ceremony
from registry.services.statements import approve_statement, draft_behaviour, draft_scope


def write_papers(cast: Cast) -> None:
    """Put scope and behaviour in force, add the documents, write the impact assessments."""
    told = told_in(FILE)
    for slug, one in told["scopes"].items():
        _scope(cast, cast.systems[slug], one)
    for slug, one in told["behaviours"].items():
        _behaviour(cast, cast.systems[slug], one)
    for one in told["documents"]:
        _document(cast, one)
    for one in told["assessments"]:
        _assessment(cast, one)


def _scope(cast: Cast, system: System, told: Mapping[str, Any]) -> None:
    given = Scope(
        tools=tuple(
            Tool(one["name"], one["kind"], frozenset(one["actions"])) for one in told["tools"]
        ),
        data=tuple(Data(one["source"], frozenset(one["classes"])) for one in told["data"]),
        spending_limit=Decimal(told["spending_limit"]),
        currency=told["currency"],
        period=told["period"],
        approvals=tuple(
            ApprovalLimit(Decimal(one["above"]), one["by"], one["what"])
            for one in told["approvals"]
        ),
    )
    author = as_person(cast.people[told["author"]])
    with acting_as(author):
        draft = draft_scope(
            system_id=system.pk, given=given, newest=0, reason=WHY, actor=author, at=cast.at
        )
    _approve(cast, "scope", system, draft.version, told["approver"])


def _behaviour(cast: Cast, system: System, told: Mapping[str, Any]) -> None:
    given = Behaviour(
        owner_id=cast.people[told["owner"]].pk,
        tone=told["tone"],
        must_not=tuple(told["must_not"]),
        by_policy=tuple((one["asked"], one["answer"]) for one in told["by_policy"]),
        tested_run=told["tested_run"],
        tested_on=cast.day(-4),
    )
    author = as_person(cast.people[told["author"]])
    with acting_as(author):
        draft = draft_behaviour(
            system_id=system.pk, given=given, newest=0, reason=WHY, actor=author, at=cast.at
        )
    _approve(cast, "behaviour", system, draft.version, told["approver"])


def _approve(cast: Cast, kind: str, system: System, version: int, approver: str) -> None:
    actor = as_person(cast.people[approver])
    with acting_as(actor):
        approve_statement(
            kind=kind, system_id=system.pk, version=version, reason=WHY, actor=actor, at=cast.at
        )


def _document(cast: Cast, told: Mapping[str, Any]) -> None:
    """Add a document as its uploader; accepted by its reviewer where the story says why."""
    people, name = cast.people, told["name"]
    content = pdf_of(told["text"].splitlines()) if name.endswith(".pdf") else told["text"].encode()
    terms = Terms(
        valid_from=cast.day(told.get("valid_from", 0)),
        expires_on=cast.day(told["expires"]) if "expires" in told else None,
    )
    uploader = as_person(people[told["uploaded_by"]])
    with acting_as(uploader):
        document = add_document(
            system_id=cast.systems[told["system"]].pk, kind=told["kind"], title=told["title"],
            owner_id=people[told["owner"]].pk, reviewer_id=people[told["reviewer"]].pk,
            upload=ContentFile(content, name=name), terms=terms, actor=uploader, at=cast.at,
        )  # fmt: skip
    if "accepted" in told:
        version = DocumentVersion.objects.get(document=document, number=1)
        reviewer = as_person(people[told["reviewer"]])
        with acting_as(reviewer):
            review_version(
                document_id=document.pk, number=1, expected_version=document.version,
                sha256=version.sha256, accepted=True, reason=told["accepted"],
                actor=reviewer, at=cast.at,
            )  # fmt: skip


def _assessment(cast: Cast, told: Mapping[str, Any]) -> None:
    """Write an impact assessment; in force where the story says what the reviewer wrote."""
    system, author = cast.systems[told["system"]], as_person(cast.people[told["author"]])
    ceremony = Ceremony(WHY, cast.at, "", "")
    answers = {key: Answer(value=words) for key, words in told["answers"].items()}
    with acting_as(author):
        row = start_assessment(system_id=system.pk, kind=told["kind"], actor=author, at=cast.at)
        row = save_assessment(
            assessment_id=row.pk, expected_version=row.version, answers=answers,
            actor=author, at=cast.at,
        )  # fmt: skip
        row = submit_assessment(
            assessment_id=row.pk, expected_version=row.version, ceremony=ceremony,
            expires_on=cast.day(told["expires"]), actor=author, at=cast.at,
        )  # fmt: skip
    if "reviewer" in told:
        reviewer: User = cast.people[told["reviewer"]]
        with acting_as(as_person(reviewer)):
            approve_assessment(
                assessment_id=row.pk, expected_version=row.version, reason=told["approved"],
                ceremony=ceremony, actor=as_person(reviewer), at=cast.at,
            )  # fmt: skip


def pdf_of(lines: Sequence[str]) -> bytes:
    """Return a PDF of one page with these lines in Helvetica, 11 points (ISO 32000-1, 7.5)."""
    shown = " T* ".join(f"({_escaped(one)}) Tj" for one in lines)
    stream = f"BT /F1 11 Tf 16 TL 60 780 Td {shown} ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R"
        " /Resources << /Font << /F1 4 0 R >> >> >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
    )
    body, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return f"{body}{end}startxref\n{len(body)}\n%%EOF\n".encode("cp1252")


def _escaped(words: str) -> str:
    for sign in "\\()":
        words = words.replace(sign, f"\\{sign}")
    return words
