"""What asks other products for readings: fetches and parses, keeps nothing."""
