"""What an agent does in a conversation: each act is a form, and can also come from a script."""
