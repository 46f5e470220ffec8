"""Pure rules of evaluation, severity and votes."""
