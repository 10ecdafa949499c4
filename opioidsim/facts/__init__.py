"""Numbers that know where they came from: each with its unit, spread between people, basis, source and place in it."""
