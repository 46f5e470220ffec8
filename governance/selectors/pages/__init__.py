"""What each page shows, assembled with a constant number of queries."""
