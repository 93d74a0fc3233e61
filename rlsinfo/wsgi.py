"""What gunicorn serves: the built pages if some fit this site's address, Django for everything else."""

import os
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import Error as DatabaseUnreachable
from django.db import connection
from django.http.request import split_domain_port, validate_host

from rlsinfo.built_pages import BuiltPages, built_site
from rlsinfo.middleware import read_as_utf_8

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rlsinfo.settings")


def is_our_host(host: str) -> bool:
    """Whether ALLOWED_HOSTS names the host of a request, with or without a port."""
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def _application() -> "WSGIApplication":
    django = _in_utf_8(get_wsgi_application())
    _let_nobody_restore()
    _require_keys()
    site = None if settings.DEBUG else built_site(settings.SITE_URL, *settings.PAGES_DIRS)
    if site is None:
        return django
    return BuiltPages(django, site, scheme=urlsplit(settings.SITE_URL).scheme, is_our_host=is_our_host)


def _let_nobody_restore() -> None:
    # Found only here and below, since models need Django to be set up.
    from rlsinfo.plumbing import jobs, running

    try:
        running.beside_others_from_now_on()
    except jobs.Failure as failure:
        sys.exit(str(failure))


def _require_keys() -> None:
    from rlsinfo.consultations import sealing

    try:
        sealing.require_keys()
    except DatabaseUnreachable:
        pass  # Readers are served all the same, and no request can be stored meanwhile.
    finally:
        connection.close()


def _in_utf_8(django: "WSGIApplication") -> "WSGIApplication":
    def ask(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        read_as_utf_8(environ)
        return django(environ, start_response)

    return ask


application = _application()
