"""The dose from which a use ends badly: worked out once, stored beside this file, read at once."""
