"""What reads series, readings and decision events."""
