"""The reading side of incidents."""
