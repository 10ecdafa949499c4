"""What happens to whom: drugs, doses, people, scenarios, plans."""
