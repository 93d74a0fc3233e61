"""How much the tests of the cluster do: a taste in `make test`, all of it in `make cluster-full`."""

import os

FULL = os.environ.get("CLUSTER") == "full"
