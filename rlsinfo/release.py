"""What is done once before a release is served: by `serve` for one machine, by `prepare_release` for many processes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, OperationalError, connection

from rlsinfo import build, front
from rlsinfo.built_pages import built_site
from rlsinfo.consultations import sealing
from rlsinfo.durability import NotDurable

LOCK_WAIT = "300ms"
"""How long a migration stands in the way of the site, which still runs: well under the second after which PostgreSQL
looks for a deadlock, so that it is always the migration that steps back, and never somebody's request."""
PATIENCE = 120
"""Seconds until a migration that found no gap in the traffic gives up."""
STEP_BACK = 0.5
"""Seconds in which the site goes on before the migration tries again."""
TOO_BUSY = (
    "The database was busy for two minutes and could not be changed. The site goes on as before: try again later."
)
LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED = "55P03", "40P01"


def prepare_database() -> None:
    """Bring the database up to date; a CommandError says in one sentence why it cannot be used."""
    try:
        _migrate()
    except NotDurable as error:
        raise CommandError(str(error)) from error
    except DatabaseError as error:
        reason = str(error).partition("\n")[0]
        raise CommandError(f"The database cannot be used ({reason}): see DATABASE_URL and VAR_DIR.") from error
    sealing.require_keys()


def _migrate() -> None:
    """Run the migrations, each as often as it takes to get its locks at once; what is done is not done again."""
    with _short_waits_for_locks():
        until = time.monotonic() + PATIENCE
        while True:
            try:
                call_command("migrate", interactive=False, verbosity=0)
                return
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", "") not in {LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED}:
                    raise
                if time.monotonic() > until:
                    raise CommandError(TOO_BUSY) from error
                time.sleep(STEP_BACK)


@contextmanager
def _short_waits_for_locks() -> Iterator[None]:
    """For this connection, on a server; a SQLite file has one lock, and nobody else uses it while this runs."""
    if connection.vendor != "postgresql":
        yield
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [LOCK_WAIT])
        yield
    finally:
        connection.close()


def prepare_pages(*, prebuilt: bool, for_nginx: bool = False) -> None:
    """Check the content, collect the assets and build the pages, as far as an image does not hold them already.

    What nginx reads is always built anew, in VAR_DIR/pages.
    """
    image_pages, own_pages = settings.PAGES_DIRS
    if not prebuilt:
        build.check_content()
        build.collect_assets()
        build.draw_pictures()
    # An image run under another address than it was built for names its own in pages of its own.
    elif not for_nginx and built_site(settings.SITE_URL, image_pages):
        return
    try:
        site = build.build_pages(own_pages)
    except build.CannotBuild as error:
        raise CommandError(str(error)) from error
    if for_nginx:
        front.write(own_pages, site)
