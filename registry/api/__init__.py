"""Endpoints of things and people."""
