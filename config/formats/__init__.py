"""How dates and numbers are written, by language; what stands here overrides Django."""
