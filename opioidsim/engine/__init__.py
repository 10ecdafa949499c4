"""Arrays and time: a scenario is read once, marched, and read out."""
