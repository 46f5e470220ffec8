"""One module for each system of the demo: how its readings come about."""
