"""Pages: impact assessments of a system."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
