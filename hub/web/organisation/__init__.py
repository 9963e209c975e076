"""The pages about the organisation: who it is, when it is there, and its first set-up."""
