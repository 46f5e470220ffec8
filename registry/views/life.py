"""Pages: the life of a system and its gates."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
