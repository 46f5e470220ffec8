"""Pure rules of the reports: what a pack holds, what it lacks, how its files are written."""
