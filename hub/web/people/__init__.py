"""The people who sign in: inviting them, changing them, letting them go."""
