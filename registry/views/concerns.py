"""Pages: concerns that anybody may raise, and their receipts."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
