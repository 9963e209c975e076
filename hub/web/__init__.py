"""The pages: the agents' inbox, what customers open from links, and what machines ask."""
