"""What writes timers, messages and replies, and what works them off."""
