"""The severity that a report by hand proposes, from its answers to the four questions."""

from collections.abc import Mapping

from governance.rules.severity import Severity, SeverityMatrix, worst

HARM = ("person_harmed", "critical_service")
OTHERS = ("rights_affected", "personal_data")
ANY = "any"


def reported_severity(
    matrix: SeverityMatrix, answers: Mapping[str, str], risk_tier: str
) -> Severity:
    """Return the severity: by harm, by another question answered yes, else minor.

    An answer that is not known yet raises nothing; whoever acknowledges answers again.
    """
    found = [Severity.MINOR]
    if any(answers.get(question) == "yes" for question in HARM):
        found.append(matrix.severity("harm", ANY, risk_tier))
    if any(answers.get(question) == "yes" for question in OTHERS):
        found.append(matrix.severity("regulatory_question", ANY, risk_tier))
    return worst(*found)
