"""What reads files and speaks to other products."""
