"""Conversations: their state, their messages, what agents do with them, how they are listed."""
