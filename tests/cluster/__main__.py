"""`make cluster`: the grown shape in the foreground, until Ctrl-C."""

import signal
import tempfile
from contextlib import suppress
from pathlib import Path

from tests.cluster.running_cluster import Cluster

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt), tempfile.TemporaryDirectory() as folder, Cluster(Path(folder)) as cluster:
        print(
            f"\nThe site:     {cluster.address}, through nginx"
            f"\nReplicas:     {', '.join(f'127.0.0.1:{port}' for port in cluster.web)}"
            f"\nDatabase:     {cluster.database.url}, with the password in {cluster.secrets / 'database-password'}"
            f"\nLogs:         {folder}"
            "\nStop:         Ctrl-C; everything is thrown away\n",
            flush=True,
        )
        signal.pause()
