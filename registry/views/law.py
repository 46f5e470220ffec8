"""Pages: the law as data, and what one system owes."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
