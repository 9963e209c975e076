"""The tokens with which other programs use the API."""
