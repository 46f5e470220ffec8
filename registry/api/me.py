"""Who am I: the caller's account, roles, and what a token may do."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox import clock
from registry.access import IsPerson, actor_of, signed_in
from registry.api.shapes import MeOut
from registry.models import ServiceToken
from registry.selectors.people import named_roles_of, principals_of
from registry.selectors.tokens import token_systems
from registry.services.languages import choose_language


class Me(APIView):
    """The caller."""

    @extend_schema(operation_id="me_read", tags=["registry"], responses=MeOut)
    def get(self, request: Request) -> Response:
        """Return who calls and what they hold now."""
        user, at = signed_in(request), clock.now()
        told = {
            "id": user.pk,
            "kind": user.kind,
            "name": user.name,
            "title": user.title,
            "email": user.email,
            "zone": user.zone,
            "language": user.language,
            "roles": named_roles_of(user_id=user.pk, at=at),
            "acts_for": principals_of(user_id=user.pk, at=at),
            **_token(request.auth),
        }
        return Response(MeOut(told).data)


class LanguageIn(serializers.Serializer[Any]):
    """A language of the product."""

    language = serializers.CharField(max_length=5)


class MeLanguage(APIView):
    """The language in which the caller reads pages and mails."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="me_choose_language",
        tags=["registry"],
        request=LanguageIn,
        responses={204: None},
    )
    def put(self, request: Request) -> Response:
        """Keep the caller's choice. The API itself follows Accept-Language."""
        given = LanguageIn(data=request.data)
        given.is_valid(raise_exception=True)
        choose_language(
            user_id=signed_in(request).pk,
            language=given.validated_data["language"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(status=204)


def _token(token: Any) -> dict[str, list[str]]:
    if not isinstance(token, ServiceToken):
        return {"scopes": [], "systems": []}
    slugs = token_systems(token).order_by("slug").values_list("slug", flat=True)
    return {"scopes": list(token.scopes), "systems": list(slugs)}
