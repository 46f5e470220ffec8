"""Addresses: pages by floor, the API under /api/v1/, sign-in, health."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from config import views
from config.description import DescriptionView

urlpatterns = [
    # First what is asked most often: each address is held against all before it.
    path("api/v1/", include("governance.api_urls")),
    path("api/v1/", include("telemetry.api_urls")),
    path("api/v1/", include("incidents.api_urls")),
    path("api/v1/", include("registry.api_urls")),
    path("api/v1/", include("reports.api_urls")),
    path("", include("reports.urls")),
    path("", include("governance.urls")),
    path("", include("incidents.urls")),
    path("", include("telemetry.urls")),
    path("", include("registry.urls")),
    path("", include("ledger.urls")),
    path("accounts/", include("config.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("theme/", views.choose_theme, name="theme"),
    path("language/", views.choose_language, name="language"),
    path("", include("config.manual.views")),
    path("design/", views.design, name="design"),
    path("health/", views.health, name="health"),
    path("admin/", admin.site.urls),
    path("api/schema/", DescriptionView.as_view(), name="schema"),
    path("api/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api-docs"),
]

handler400 = "config.views.bad_request"
handler403 = "config.views.forbidden"
handler404 = "config.views.missing"
handler500 = "config.views.failed"
