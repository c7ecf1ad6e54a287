"""A model's card: what the hub reads of it, and the page that a person reads."""
