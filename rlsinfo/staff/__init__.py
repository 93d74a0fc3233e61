"""People who work here, how they sign in, and the log of what they saw and did."""
