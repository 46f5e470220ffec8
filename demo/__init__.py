"""The demo's readings: four systems of a fictitious insurer, and a client that sends them."""
