"""Macros: the page where they are made, and running one."""
