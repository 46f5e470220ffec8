"""Endpoints that show readings."""
