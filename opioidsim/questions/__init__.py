"""One file for each question that people bring."""
