"""Payam as a service of a machine: installing it there, and bringing it to a newer version."""
