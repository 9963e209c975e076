"""Keys, tokens, passwords, rate limits, and doors that are safe to open to strangers' input."""
