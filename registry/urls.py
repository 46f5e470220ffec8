"""Addresses of this floor's pages; each topic brings its own list."""

from django.urls import URLPattern

from registry.views import (
    access,
    assessments,
    classification,
    concerns,
    documents,
    exchange,
    law,
    life,
    notices,
    profile,
    search,
    suppliers,
    tokens,
    versions,
)

urlpatterns: list[URLPattern] = [
    *law.urlpatterns,
    *classification.urlpatterns,
    *assessments.urlpatterns,
    *profile.urlpatterns,
    *documents.urlpatterns,
    *suppliers.urlpatterns,
    *versions.urlpatterns,
    *life.urlpatterns,
    *access.urlpatterns,
    *tokens.urlpatterns,
    *exchange.urlpatterns,
    *concerns.urlpatterns,
    *notices.urlpatterns,
    *search.urlpatterns,
]
