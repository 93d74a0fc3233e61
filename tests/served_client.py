"""The test client, asking through what stands before Django where the site is served."""

from typing import Any

from django.test import Client

from rlsinfo.middleware import read_as_utf_8


class ServedClient(Client):
    """Asks as a server hands it on."""

    def _base_environ(self, **request: Any) -> dict[str, Any]:
        environ: dict[str, Any] = super()._base_environ(**request)
        read_as_utf_8(environ)
        return environ
