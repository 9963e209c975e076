"""Who writes to us: what is known of a customer, and how sure it is."""
