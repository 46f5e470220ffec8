"""Pages of one's own account beside those of allauth, and an administrator's help with it."""
