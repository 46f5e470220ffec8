"""The fields of reports to authorities, and what a case already says for them, as data.

The template of Art. 73 of the AI Act follows the Commission's draft guidance of 26 September 2025
(version 1.0.0 of its form; the final one was not published when this was written); the others name
what their article asks for. Our own wording of the fields. Awareness and submission stand in every
template, so that a reader can see whether a report was in time.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TemplateField:
    """One field: its key, the question, and whether a long text is expected."""

    name: str
    label: str
    long: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A named group of fields."""

    title: str
    fields: tuple[TemplateField, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """What a regime's report asks for; `note` says how sure its form is."""

    id: str
    regime: str
    title: str
    note: str
    sections: tuple[Section, ...]

    @property
    def fields(self) -> tuple[TemplateField, ...]:
        """Every field, in order."""
        return tuple(field for section in self.sections for field in section.fields)


def _field(name: str, label: str) -> TemplateField:
    return TemplateField(name, label)


def _text(name: str, label: str) -> TemplateField:
    return TemplateField(name, label, long=True)


_HEAD = (
    _field("authority", "Authority"),
    _field("authority_reference", "Reference number of the authority, if known"),
    _field("report_type", "Type of report"),
    _field("submission_date", "Date of submission"),
    _field("awareness_date", "Date of awareness"),
    _field("due_date", "Due by the strict reading"),
    _field("case_number", "Our case number"),
)
_PEOPLE = (
    _field("submitter_role", "Role of who submits"),
    _field("submitter_contact", "Contact of who submits"),
)
_WHAT = (
    _text("what_happened", "What went wrong, and how it was noticed"),
    _text("effects", "Effects, and whom they hit"),
    _field("affected_number", "Number of persons affected"),
    _field("occurred", "When it happened"),
)
_AFTER = (
    _text("containment", "What was done at once"),
    _text("root_cause", "Root cause, as far as known"),
    _text("corrective_action", "Corrective action, taken or planned"),
)
_END = Section("Comments", (_text("comments", "General comments"),))

AI_ACT = Template(
    "aia-73",
    "EU AI Act",
    "Report of a serious incident, Art. 73",
    "Fields of the Commission's draft form of 26 September 2025; no final form is known.",
    (
        Section(
            "1. Administrative",
            (
                *_HEAD,
                _field("incident_class", "Class of the incident, Art. 3(49)"),
                *_PEOPLE,
                _field("provider_contact", "Provider: name and contact"),
                _field("representative_contact", "Authorised representative: name and contact"),
                _text("other_regimes", "Told under other laws"),
            ),
        ),
        Section(
            "2. The system",
            (
                _field("eu_database_id", "Number in the EU database"),
                _field("system_name", "Name of the system"),
                _field("system_version", "Model, version, digest"),
                _text("system_description", "Description and intended purpose"),
            ),
        ),
        Section(
            "3. The incident",
            (
                *_WHAT,
                _text("likely_causality", "Likely causal link"),
                _field("operator_type", "Kind of operator and users"),
                _field("reporter_contact", "Who reported it first, and contact"),
                _text("containment", "Remedial action taken at once"),
            ),
        ),
        Section(
            "4. Investigation",
            (
                _text("preliminary_analysis", "Preliminary analysis"),
                _text("root_cause", "Root cause and conclusion, or why it is not reportable"),
                _text("corrective_action", "Corrective action, taken or planned"),
                _text("risk_review", "Result of the review of the risk assessment"),
            ),
        ),
        Section("5. Comments", (_text("comments", "General comments"),)),
    ),
)
GDPR = Template(
    "gdpr-33",
    "GDPR",
    "Notification of a personal data breach, Art. 33",
    "What Art. 33(3) asks for; authorities have forms of their own.",
    (
        Section(
            "Administrative", (*_HEAD, *_PEOPLE, _field("dpo_contact", "Data protection officer"))
        ),
        Section(
            "The breach",
            (
                _text("what_happened", "Nature of the breach"),
                _text("data_categories", "Categories and number of records"),
                _field("affected_number", "Categories and number of persons"),
                _text("effects", "Likely consequences"),
                _field("occurred", "When it happened"),
            ),
        ),
        Section(
            "Measures",
            (
                *_AFTER,
                _text("persons_told", "Whether the persons were told, or why not (Art. 34)"),
                _text("late_reasons", "Reasons, where it comes after 72 hours"),
            ),
        ),
        _END,
    ),
)
_ICT = (
    Section("Administrative", (*_HEAD, *_PEOPLE)),
    Section(
        "The incident",
        (
            *_WHAT,
            _field("services", "Services and systems concerned"),
            _text("cross_border", "Effect in other Member States"),
            _field("suspected_malicious", "Suspected to be unlawful or malicious"),
        ),
    ),
    Section("Measures", _AFTER),
    _END,
)
_FORMS = "What the article asks for; the authority's own form prevails."
TEMPLATES: tuple[Template, ...] = (
    AI_ACT,
    GDPR,
    Template("nis2-23", "NIS2", "Report of a significant incident, Art. 23", _FORMS, _ICT),
    Template("dora-19", "DORA", "Report of a major ICT-related incident, Art. 19", _FORMS, _ICT),
    Template("cra-14", "Cyber Resilience Act", "Report under Art. 14", _FORMS, _ICT),
    Template("cer-15", "CER", "Notification of a disruption, Art. 15", _FORMS, _ICT),
    Template("mdr-87", "MDR", "Report of a serious incident with a device, Art. 87", _FORMS, _ICT),
)
BY_ID: Mapping[str, Template] = {one.id: one for one in TEMPLATES}


def template_for(regime: str) -> Template | None:
    """Return the template of a regime, None where it has none."""
    return next((one for one in TEMPLATES if one.regime == regime), None)


def clean_values(template: Template, given: Mapping[str, object]) -> dict[str, str]:
    """Return the text of each field of the template; what it does not know is left out."""
    return {field.name: str(given.get(field.name) or "").strip() for field in template.fields}


def in_text(template: Template, values: Mapping[str, str]) -> str:
    """Return a report as plain text, a heading for each section and a line for each field."""
    lines = [template.title, template.note]
    for section in template.sections:
        lines += ["", section.title, "-" * len(section.title)]
        for field in section.fields:
            value = values.get(field.name, "") or "-"
            lines += [f"{field.label}:", value, ""] if field.long else [f"{field.label}: {value}"]
    return "\n".join(lines).rstrip() + "\n"
