"""Endpoints of this floor: they parse, make one call, and render."""
