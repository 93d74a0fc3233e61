"""How much is tried: in `make test` a little, with every waiting time shortened; in `make faults` all of it, as it is."""

import os

FULL = os.environ.get("FAULTS") == "full"

ROUNDS, REQUESTS_A_ROUND, KILLS_A_ROUND = (50, 200, 3) if FULL else (1, 24, 1)
MAILS, WORKER_KILLS = (5000, 500) if FULL else (12, 2)
MOODY_MAILS = 200 if FULL else 24
LOCK_WAIT = 10.0 if FULL else 4.0
"""Seconds after which whoever waits for a lock gives up."""
JAM_LASTS = 60.0 if FULL else 5.0
"""Seconds for which the database keeps everybody waiting."""
REFUSAL_LASTS = 60.0 if FULL else 1.0
"""Seconds for which it refuses everybody at once."""
PATIENCE = 7200.0 if FULL else 120.0
"""Seconds in which everybody must have got through, and every message have gone out."""
