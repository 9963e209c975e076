"""The pages on which accounts are connected, watched and changed."""
