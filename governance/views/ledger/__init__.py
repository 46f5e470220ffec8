"""The reading room of the ledger: search, entries, checkpoints, verifications, files."""
