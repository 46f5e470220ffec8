"""The demo's story: an insurer with four systems, its people, and one walk through the chain."""
