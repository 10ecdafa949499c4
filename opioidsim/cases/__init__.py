"""What happens to whom: drugs, doses, people, scenarios and plans of trials, read from texts and tables, or refused.

No arrays and no equations: all of it can be read, checked and written back without JAX.
"""
