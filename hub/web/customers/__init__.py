"""Customers: the pane beside a thread, their own pages, the list, duplicates, privacy."""
