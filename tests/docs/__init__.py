"""README and docs/: what they show is run."""
