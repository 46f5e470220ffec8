"""Settings, addresses, and what knows every floor."""
