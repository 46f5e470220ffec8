"""The reading side of the ledger."""
