"""How satisfied people are: what they were asked, and what they answered."""
