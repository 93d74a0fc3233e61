"""`manage.py rotate_keys`: seal what people typed under a new key, while the site goes on."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from rlsinfo.consultations import sealing
from rlsinfo.encryption import KeyRing, NotAKey, new_key

BY_HAND = """\
The keys cannot be changed from here (%s). Where they are kept, put a new one (`python -m rlsinfo.encryption`) last, and
start the site anew everywhere: now every machine opens what it will seal. Then move it to the first place, start the site
anew everywhere, and run this with --no-new-key."""


class Command(BaseCommand):
    help = "Put a new key first, and seal every stored text with it. Run again with --no-new-key to finish."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--no-new-key",
            action="store_true",
            help="seal with the newest key there is; when nothing is left to seal, the older keys are no longer needed",
        )

    def handle(self, *, no_new_key: bool, **options: Any) -> None:
        sealing.require_keys()
        if not no_new_key:
            _bring_in(new_key())
        try:
            rows = sealing.seal_again()
        except DatabaseError as error:
            raise CommandError(
                f"The database cannot be written to ({type(error).__name__}). All of it can still be read: run this "
                "again with --no-new-key."
            ) from error
        if rows or not no_new_key:
            self.stdout.write(
                f"{rows} rows are sealed anew. Run this again with --no-new-key in a minute: until then an answer that "
                "was under way may still have used the old key."
            )
        else:
            sealing.forget_old_keys()
            self.stdout.write(
                "Every text is under the newest key. The older ones are needed only for backups made before now: keep "
                "them as long as those."
            )


def _bring_in(key: str) -> None:
    """Have the site seal with a new key. Wherever this ends, no text is under a key that is not at hand."""
    keys = settings.ENCRYPTION_KEYS
    try:
        keys.add(key)
        # From here on no machine starts that does not have it, too.
        sealing.note_key(KeyRing([key]).ids[0])
        keys.put_first(key)
    except (NotAKey, OSError) as error:
        raise CommandError(BY_HAND % (getattr(error, "strerror", "") or error)) from error
