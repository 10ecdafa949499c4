"""Arrays and time: a scenario is read once, marched, and read out.

The way of a course: `inputs.read` turns a scenario into `Inputs`; `course_arrays` makes a `Body` of
it, `clock.grid` the steps, `course.march` the states; `observing.observe` reads quantities out of
states, and a `Result` holds them. An episode goes the same way through `episode_arrays`,
`handover.begin`, `episode.march` and `simulate_episode.observe`.

People are the last axis of every array behind `Inputs`, so that a compiled loop works on several of
them at once in one vector register, and the same lines serve one person and a crowd.
"""
