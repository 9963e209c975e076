"""Looking for something: the search page, and the palette that jumps anywhere."""
