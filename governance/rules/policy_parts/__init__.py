"""Parts of a policy, by topic."""
