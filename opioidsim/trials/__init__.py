"""People in treatment, day by day."""
