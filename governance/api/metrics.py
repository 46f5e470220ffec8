"""What Prometheus scrapes: `/metrics`, in its text form, for a service token."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from governance.rules.exposition import CONTENT_TYPE, exposition
from governance.selectors.metrics import gauges_of
from incidents.selectors.visibility import incidents_of
from outbox import clock
from registry.access import HasScope, TokenAuthentication, visible_systems


class Exposition(JSONRenderer):
    """Lets a scraper ask for plain text, which the view writes; a refusal is a problem document."""

    media_type = "text/plain"
    format = "txt"


class Metrics(APIView):
    """Gauges of the engine, and of the incidents on the systems that the token names."""

    authentication_classes = [TokenAuthentication]
    permission_classes: list[type[BasePermission]] = [HasScope("metrics:read")]
    renderer_classes = [Exposition]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """Return the figures as they are now."""
        at = clock.now()
        gauges = gauges_of(visible=incidents_of(visible_systems(request, at)), at=at)
        return HttpResponse(exposition(gauges), content_type=CONTENT_TYPE)
