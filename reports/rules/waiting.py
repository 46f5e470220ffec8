"""What of the registry waits for somebody, as words: what it is, the one next step, where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of line: title with %(label)s and %(system)s, the verb, addresses, its plural.

    `url` takes {slug} and {key}; `everything` is where the rest stands when there are more.
    `who` is said where no person stands behind a line; `urgent` stands at the head of the desk.
    """

    title: str
    step: str
    url: str
    everything: str
    plural: str
    who: str = ""
    urgent: bool = False


SYSTEMS = "/systems/"
CLASSIFICATION = "/systems/{slug}/classification/"
STATEMENT = "/systems/{slug}/profile/"
EVALUATION = "/systems/{slug}/life/evaluations/"

KINDS: Mapping[str, Kind] = {
    "glass_review": Kind(
        "Break-glass access to %(label)s", "Close or review it",
        "/people/glass/{key}/", "/people/glass/", "break-glass accesses to review",
        urgent=True,
    ),
    "withdrawal_look": Kind(
        "Proposed to be withdrawn: %(label)s", "Look at what is left",
        "/incidents/{key}/#act", "/incidents/", "proposed withdrawals to look at",
        who="its readings were corrected",
    ),
    "withdrawal_agree": Kind(
        "Proposed to be withdrawn: %(label)s", "Agree, or validate it",
        "/incidents/{key}/#act", "/incidents/", "proposed withdrawals to agree to",
        who="its readings were corrected",
    ),
    "bands_approve": Kind(
        "Bands v%(label)s, %(system)s", "Review as second person",
        "/systems/{slug}/", SYSTEMS, "bands to review",
    ),
    "version_approve": Kind(
        "Version %(label)s of %(system)s", "Approve, or ask",
        "/systems/{slug}/", SYSTEMS, "versions to approve",
    ),
    "concern_read": Kind(
        "Concern %(label)s that nobody has read", "Read it",
        "/concerns/{key}/", "/concerns/", "concerns to read",
    ),
    "concern_settle": Kind(
        "Concern %(label)s", "Open a case, or close it",
        "/concerns/{key}/", "/concerns/", "concerns to settle",
    ),
    "concern_second": Kind(
        "Concern %(label)s, to be closed without a case", "Agree, or decline",
        "/concerns/{key}/", "/concerns/", "concerns to decide as second person",
    ),
    "setup": Kind(
        "Approved alone while setting up: %(label)s", "Confirm as second person",
        "/people/setup/", "/people/setup/", "set-up exceptions to confirm",
    ),
    "classification_confirm": Kind(
        "Classification %(label)s of %(system)s", "Confirm, or send back",
        CLASSIFICATION + "{key}/", SYSTEMS, "classifications to confirm",
    ),
    "classification_answer": Kind(
        "Classification %(label)s of %(system)s, sent back", "Mend and submit it",
        CLASSIFICATION + "{key}/", SYSTEMS, "classifications to mend",
    ),
    "classification_reopened": Kind(
        "Classification %(label)s of %(system)s, open again", "Answer it again",
        CLASSIFICATION, SYSTEMS, "classifications open again",
    ),
    "tier_decide": Kind(
        "Risk tier %(label)s for %(system)s", "Agree, or decline",
        CLASSIFICATION, SYSTEMS, "risk tiers to decide",
    ),
    "controls_approve": Kind(
        "Operating controls v%(label)s of %(system)s", "Review as second person",
        STATEMENT + "controls/{key}/", SYSTEMS, "operating controls to review",
    ),
    "scope_approve": Kind(
        "Declared scope v%(label)s of %(system)s", "Review as second person",
        STATEMENT + "scope/{key}/", SYSTEMS, "declared scopes to review",
    ),
    "behaviour_approve": Kind(
        "Behaviour policy v%(label)s of %(system)s", "Review as second person",
        STATEMENT + "behaviour/{key}/", SYSTEMS, "behaviour policies to review",
    ),
    "assessment_review": Kind(
        "%(label)s of %(system)s", "Review, or send back",
        "/systems/{slug}/assessments/{key}/", SYSTEMS, "impact assessments to review",
    ),
    "assessment_renew": Kind(
        "%(label)s of %(system)s, expired or due again", "Write the next one",
        "/systems/{slug}/assessments/", SYSTEMS, "impact assessments to renew",
    ),
    "plan_approve": Kind(
        "Evaluation plan %(label)s of %(system)s", "Approve, or ask",
        EVALUATION + "{key}/", SYSTEMS, "evaluation plans to approve",
    ),
    "run_sign": Kind(
        "Evaluation run of %(system)s %(label)s", "Sign that you ran it",
        EVALUATION + "runs/{key}/", SYSTEMS, "evaluation runs to sign",
    ),
    "run_review": Kind(
        "Evaluation run of %(system)s %(label)s", "Review and sign it",
        EVALUATION + "runs/{key}/", SYSTEMS, "evaluation runs to review",
    ),
    "document_review": Kind(
        "Document %(label)s", "Read and review it",
        "/documents/{key}/", "/documents/", "documents to review",
    ),
    "document_renew": Kind(
        "Document %(label)s, at its end or near it", "Add the next version",
        "/documents/{key}/", "/documents/expiring/", "documents at their end",
    ),
    "document_ends": Kind(
        "Document %(label)s, at its end or near it", "Ask for the next version",
        "/documents/{key}/", "/documents/expiring/", "documents at their end",
    ),
    "answer_review": Kind(
        "Answer of %(system)s, sent to you for a verdict", "Look at it, give your verdict",
        "/answers/{slug}/{key}/#verdict", "/answers/", "answers to review",
    ),
    "notice": Kind(
        "Notice about what %(system)s uses: %(label)s", "Read the notice",
        "/suppliers/{key}/", "/suppliers/", "suppliers' notices",
    ),
    "audit_answer": Kind(
        "Question %(label)s of an auditor", "Answer it",
        "/audit/questions/{key}/", "/audit/questions/", "questions of auditors to answer",
    ),
    "audit_read": Kind(
        "Answer to your question %(label)s", "Accept it, or send it back",
        "/audit/questions/{key}/", "/audit/questions/", "answers to read as auditor",
    ),
    "evidence_gap": Kind(
        "Gap of %(label)s", "Bring the evidence, then close it",
        "/controls/gaps/{key}/", "/controls/gaps/", "gaps of controls to close",
    ),
    "upload_review": Kind(
        "Evidence for %(label)s", "Look at it, say whether it counts",
        "/controls/uploads/{key}/", "/controls/uploads/", "uploads to controls to review",
    ),
    "applicability_sign": Kind(
        "Statement of applicability, %(label)s", "Read it and sign",
        "/controls/statements/{key}/", "/controls/statements/",
        "statements of applicability to sign",
    ),
    "report_write": Kind(
        "Report %(label)s, nothing written yet", "Write beside the figures",
        "/reports/{key}/#write", "/reports/", "reports to write",
    ),
    "report_draw": Kind(
        "Report %(label)s, figures too old to sign", "Draw the figures anew",
        "/reports/{key}/#draw", "/reports/", "reports to draw anew",
    ),
    "report_issue": Kind(
        "Report %(label)s", "Read it, issue and sign it",
        "/reports/{key}/#issue", "/reports/", "reports to issue",
    ),
    "factor_approve": Kind(
        "Factor of consequence: %(label)s", "Read the source, then approve",
        "/consequence-factors/{key}/", "/consequence-factors/",
        "factors of consequence to approve",
    ),
    "token": Kind(
        "Service token %(label)s, about to expire", "Rotate it",
        "/tokens/{key}/", "/tokens/?state=ending", "tokens about to expire",
    ),
}  # fmt: skip
ORDER: Sequence[str] = tuple(KINDS)
