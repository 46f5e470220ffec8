"""What a file from elsewhere says, and what would become of each row. Pure."""
