"""How gunicorn runs the site; `manage.py serve` adds the address to listen on."""

import gc
from pathlib import Path

from rlsinfo.environment import whole_number
from rlsinfo.waiting_room import THREADS
from rlsinfo.web_server import ServerLog, Worker

wsgi_app = "rlsinfo.wsgi"
workers = whole_number("WEB_CONCURRENCY", default=2, lowest=1, highest=64)
worker_class = Worker
# Read once, then shared: the memory of a further worker is what it changes, and one that died is back at once.
preload_app = True
threads = THREADS
# Heartbeats in memory, not on a disk that may stall.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
graceful_timeout = 30
keepalive = 15
control_socket_disable = True
# Believed of any proxy, since in a container nobody knows its address beforehand: who lies about https is only answered
# as if over https, and no address is read from a header. Otherwise a site behind TLS would redirect for ever.
forwarded_allow_ips = "*"
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}
forwarder_headers = ""
logger_class = ServerLog


def when_ready(server: object) -> None:
    """Before the first worker: what has been read is never garbage, and looking for some would copy all of it."""
    gc.collect()
    gc.freeze()
