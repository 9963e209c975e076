"""The tests of Payam."""
