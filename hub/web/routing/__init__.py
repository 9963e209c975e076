"""The pages about who gets what: teams, promises, and why something went to somebody."""
