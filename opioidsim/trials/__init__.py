"""People in treatment, day by day, on top of the course clock: opioid or alcohol use disorder, what is
counted, replicates.

`opioid` and `alcohol` live the days of a chunk of people; `opioid_arrays` and `alcohol_arrays` make
their arguments of a plan; `outcomes` and `overdoses` count; `replicates` and `survival` compare
arms.

Every chance is drawn from a stream keyed by seed, quantity and day, with the person's number as
counter. The same people then meet the same chances in every arm, and a further quantity, day or
person changes no other draw.
"""
