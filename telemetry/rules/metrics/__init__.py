"""Formulas of KPIs, pure: plain sequences and counts in, floats and figures out, None = unknown."""
