"""A small server that shows every page and state with sample data, for work on the look."""
