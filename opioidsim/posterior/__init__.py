"""What is not known: joint draws of the facts that are open, made by `opioidsim calibrate`, read at once."""
