"""What is done once before a release is served: by `serve` for one machine, by `prepare_release` for many processes."""

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError

from rlsinfo import build, front
from rlsinfo.built_pages import built_site
from rlsinfo.consultations import sealing
from rlsinfo.durability import NotDurable


def prepare_database() -> None:
    """Bring the database up to date; a CommandError says in one sentence why it cannot be used."""
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except NotDurable as error:
        raise CommandError(str(error)) from error
    except DatabaseError as error:
        reason = str(error).partition("\n")[0]
        raise CommandError(f"The database cannot be used ({reason}): see DATABASE_URL and VAR_DIR.") from error
    sealing.require_keys()


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
