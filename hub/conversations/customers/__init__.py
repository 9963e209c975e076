"""Customers through the eyes of a viewer: who may be seen, and what of their conversations."""
