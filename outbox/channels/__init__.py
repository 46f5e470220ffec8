"""Ways out: one file each, beside its neighbours."""
