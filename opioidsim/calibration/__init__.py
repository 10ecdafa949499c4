"""What is not known: numbers fitted to the studies marked `build`, with priors, in blocks that do not bend each other."""
