"""Prediction against observation: studies of the library, how their numbers are taken from a
simulation, real trials beside it.

A study states bounds before its first run. What was used to build the model is shown and not
scored; what fails stays on the board with its reason.
"""
