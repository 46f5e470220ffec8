"""Pages: people, units, roles, leave, delegation, break-glass."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
