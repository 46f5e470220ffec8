"""The newest checkpoint for who watches the log from outside."""

from hashlib import sha256

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_safe

from ledger.rules.refusals import Forbidden
from ledger.selectors.checkpoints import newest_seal

FRESH_SECONDS = 30


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponseBase:
    """Answer with the newest signed note (C2SP tlog-checkpoint), to whom the settings say."""
    public = _allowed(request)
    seal = newest_seal()
    if seal is None:
        raise Http404("nothing is sealed yet")
    etag = f'"{sha256(seal.note.encode()).hexdigest()}"'
    plain = HttpResponse(seal.note, content_type="text/plain; charset=utf-8")
    plain["ETag"] = etag
    if public:
        patch_cache_control(plain, public=True, max_age=FRESH_SECONDS)
    else:
        patch_cache_control(plain, private=True, no_cache=True)
    return get_conditional_response(request, etag=etag, response=plain) or plain


def _allowed(request: HttpRequest) -> bool:
    """Whether anyone may read it; raises for who may not. A log shown to nobody is not there."""
    audience = settings.LEDGER_CHECKPOINT_FOR
    if audience == "nobody":
        raise Http404("the checkpoint is not published")
    if audience == "signed-in" and not request.user.is_authenticated:
        raise Forbidden("not_signed_in", "Sign in first.")
    return bool(audience == "anyone")
