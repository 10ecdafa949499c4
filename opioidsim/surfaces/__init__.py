"""The dose from which a use ends badly: worked out once, stored beside this file, read at once.

A trial asks how thousands of uses end. Each of them on the episode clock would take longer than the
trial. What is stored instead are quantiles of people's thresholds, from which a chance is read at
once; `thresholds` finds them, `grid` does so on a grid and stores it, `surface` reads.
"""
