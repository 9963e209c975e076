"""What agents do with their own account: password, second step, signed-in browsers."""
