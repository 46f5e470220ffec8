"""Every refusal of the API as a problem document (RFC 9457), in one place."""

from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import Http404, HttpRequest, JsonResponse
from django_fsm import ConcurrentTransition, TransitionNotAllowed
from rest_framework.exceptions import APIException, ErrorDetail, Throttled, ValidationError
from rest_framework.response import Response
from rest_framework.views import set_rollback

from ledger.context import current_actor
from ledger.rules.refusals import Conflict, Forbidden, Missing, Refused
from ledger.services.entries import record_refusal
from outbox import clock
from outbox.languages import spoken, spoken_each

log = structlog.get_logger(__name__)
TYPE = "application/problem+json"

CONSTRAINTS = {
    "append_only": "This part of the record is append-only; nothing in it is changed or removed.",
    "one_open_incident_per_cause": "An incident for this cause is open already.",
    "state_equals_transition": "The state of an incident changes only with its transition.",
    "transition_version": "Somebody else changed this incident a moment ago. Load it again.",
    "one_final_ballot_per_seat": "The final ballot of this seat is cast already.",
    "version_label": "The system has a version with this label already.",
    "version_approved_by_another": "A version is approved by somebody else than its author.",
    "one_live_per_environment": "Another version went live there a moment ago. Load it again.",
    "fallback_is_another_version": "The version to fall back to is another one.",
    "deputy_is_not_owner": "The deputy is somebody else than the owner.",
    "tier_not_below_legal_floor": "A high-risk system has the tier high; the Act sets that floor.",
    "prohibited_never_runs": "A prohibited practice (AI Act Art. 5) may not run.",
    "lifecycle_version": "Somebody else changed this system a moment ago. Load it again.",
    "role_for_unit_or_system": "A role is for one unit or for one system.",
    "last_administrator": "The last administrator stays: make somebody else one first.",
    "auditor_has_an_end": "An auditor's role has an end, after 366 days at the latest.",
    "unit_below_itself": "A unit does not go below itself.",
    "glass_for_four_hours": "Broken glass closes after four hours at the latest.",
    "one_exception_an_object": "This was approved at set-up already.",
    "delegate_is_other": "A person does not act for themselves.",
    "delegation_ends": "The end lies before the beginning.",
    "leave_ends_after_start": "The end lies before the beginning.",
    "registry_system_slug_key": "There is a system with this short name already.",
    "registry_user_email_key": "This address has an account already.",
    "registry_unit_name_key": "There is a unit with this name already.",
    "document_title_once": "There is a document of this title; add a version to it.",
    "document_version_number": "Another version was added a moment ago. Load it again.",
    "one_document_in_force": "Another version came into force a moment ago. Load it again.",
    "document_reviewed_by_another": "A version is reviewed by somebody else than its uploader.",
    "document_content_fixed": "What a version holds is fixed; add another version.",
    "registry_supplier_slug_key": "There is a supplier with this short name already.",
    "registry_supplier_name_key": "There is a supplier of this name already.",
    "product_name_once": "This supplier has a product of this name already.",
    "one_use_at_a_time": "The system uses this product already.",
    "notice_case_once": "This notice has come to this system already.",
    "harm_dismissed_by_two": "A concern that speaks of harm is closed by two persons.",
    "concern_as_said": "What was said in a concern is fixed.",
    "registry_concern_form_key_key": "This form was sent already; its receipt was shown then.",
    "one_round_at_a_time": "A round on this incident is under way already.",
}


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: return a problem document for whatever was raised."""
    refusal = as_refusal(error)
    if refusal is None:
        return None
    set_rollback()
    request: HttpRequest = context["request"]._request
    record(refusal, request)
    response = Response(document(refusal, request), status=refusal.status, content_type=TYPE)
    for name, value in _headers(error).items():
        response[name] = value
    return response


def as_refusal(error: Exception) -> Refused | None:
    """Return the refusal that an exception stands for, None for a defect."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, APIException):
        return _of_framework(error)
    if isinstance(error, Http404):
        return Missing("not_found", "There is nothing here, or it is not yours to see.")
    if isinstance(error, PermissionDenied):
        return Forbidden("forbidden", str(error) or "You may not do this.")
    return _of_database(error)


def _of_database(error: Exception) -> Refused | None:
    if isinstance(error, TransitionNotAllowed | ConcurrentTransition):
        return Conflict("state_does_not_allow", "The present state does not allow this.")
    if isinstance(error, IntegrityError):
        diagnosis = getattr(error.__cause__, "diag", None)
        reason = CONSTRAINTS.get(getattr(diagnosis, "constraint_name", None) or "")
        return Conflict("constraint", reason) if reason else None
    return None


def _of_framework(error: APIException) -> Refused:
    refusal = Refused(_code(error), _words(error.detail), fields=_fields(error))
    refusal.status = error.status_code
    return refusal


def _code(error: APIException) -> str:
    return "invalid" if isinstance(error, ValidationError) else str(error.default_code)


def _words(detail: Any) -> str:
    if isinstance(detail, ErrorDetail | str):
        return str(detail)
    return "Some fields are not right; each is named with its reason."


def _fields(error: APIException) -> dict[str, str]:
    if not isinstance(error, ValidationError) or not isinstance(error.detail, dict):
        return {}
    return {str(key): _first(value) for key, value in error.detail.items()}


def _first(value: Any) -> str:
    while isinstance(value, list | dict) and value:
        value = next(iter(value.values())) if isinstance(value, dict) else value[0]
    return str(value)


def _headers(error: Exception) -> dict[str, str]:
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(error.auth_header)  # type: ignore[attr-defined]
    wait = getattr(error, "wait", None)
    if isinstance(error, Throttled) and wait is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    return headers


def document(refusal: Refused, request: HttpRequest) -> dict[str, Any]:
    """Return the problem document of a refusal."""
    body: dict[str, Any] = {
        "type": f"/problems/{refusal.code}",
        "title": refusal.code.replace("_", " "),
        "status": refusal.status,
        "code": refusal.code,
        "detail": spoken(refusal.reason),
        "instance": request.path,
    }
    if refusal.who_can:
        body["who_can"] = [spoken(who) for who in refusal.who_can]
    if refusal.fields:
        body["fields"] = spoken_each(refusal.fields)
    return body | refusal.extra


def record(refusal: Refused, request: HttpRequest) -> None:
    """Write a refusal that must be on record, in a transaction of its own."""
    actor = current_actor()
    if not refusal.recorded or actor is None:
        return
    record_refusal(
        refusal=refusal,
        actor=actor,
        at=clock.now(),
        attempted=f"{request.method} {request.path}",
    )


def json_problem(refusal: Refused, request: HttpRequest) -> JsonResponse:
    """Return a refusal as a problem document outside DRF."""
    return JsonResponse(document(refusal, request), status=refusal.status, content_type=TYPE)
