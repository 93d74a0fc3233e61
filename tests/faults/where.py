"""On which database a fault is tried, and in which size."""

import pytest
from django.conf import settings

from tests.faults.size import FULL

ON_SQLITE = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")

on_sqlite = pytest.mark.skipif(not ON_SQLITE, reason="breaks a file")
on_postgresql = pytest.mark.skipif(ON_SQLITE, reason="breaks a server")
only_in_full = pytest.mark.skipif(not FULL, reason="part of `make faults`")
in_full_or_on_sqlite = pytest.mark.skipif(not FULL and not ON_SQLITE, reason="part of `make faults`")
