"""What writes readings, decision events, computations and the catalogue."""
