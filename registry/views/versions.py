"""Pages: versions of a system, what ran when, evaluation runs."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
