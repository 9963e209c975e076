"""Where everything is kept: tables, the one door to the database, events, search, blobs."""
