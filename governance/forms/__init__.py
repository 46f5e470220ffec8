"""What a person fills in on this floor's pages."""
