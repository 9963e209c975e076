"""The command `payam`, as a process of its own."""
