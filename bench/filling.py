"""Everything a clinic that had so many requests in two years would have stored, for the bench of the desk."""

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache

OPEN, TO_SKIM, STUCK, ATTEMPTS, YEARS = 300, 40, 60, 4, 2


def names(number: int, syllables: int, chance: random.Random) -> list[str]:
    """So many made-up names."""
    made: dict[str, None] = {}
    while len(made) < number:
        made["".join(chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _ in range(syllables)).title()] = None
    return list(made)


def how_common(names: Sequence[str]) -> list[float]:
    """Of 4,000 last names one belongs to nearly one person in a hundred, as it does in the United States."""
    return [1 / (rank + 10) ** 0.8 for rank in range(len(names))]


class Filling:
    """Everything a clinic that had so many requests in two years would have stored."""

    def __init__(self, number: int, now: datetime) -> None:
        # Here and below, because it can be imported only when Django is set up.
        from django.db import connection

        self.number, self.now, self.connection = number, now, connection
        self.chance = chance = random.Random(4)
        first, last = names(600, 2, chance), names(4000, 3, chance)
        self.common = last[0]
        firsts, lasts = (chance.choices(each, how_common(each), k=number) for each in (first, last))
        self.names = [f"{first} {last}" for first, last in zip(firsts, lasts, strict=True)]
        every = timedelta(days=365 * YEARS) / number
        self.received = [now - every * (number - at) for at in range(number)]
        old = chance.sample(range(number - OPEN), 40)
        self.open = {*range(number - OPEN + len(old), number), *old}

    def phone(self, at: int) -> str:
        line = 2_000_000_000 + at * 7_919 % 7_900_000_000
        return f"({line // 10**7}) {line // 10**4 % 1000:03}-{line % 10**4:04}"

    def reference(self, at: int) -> str:
        """Scattered over the whole index, and none twice."""
        from rlsinfo.consultations.models import REFERENCE_ALPHABET, REFERENCE_LENGTH

        drawn, letters = at * 7_919_191_919 % len(REFERENCE_ALPHABET) ** REFERENCE_LENGTH, ""
        for _ in range(REFERENCE_LENGTH):
            drawn, letter = divmod(drawn, len(REFERENCE_ALPHABET))
            letters += REFERENCE_ALPHABET[letter]
        return letters

    def email(self, at: int) -> str:
        return f"{self.names[at].replace(' ', '.').lower()}{at}@example.com"

    def run(self) -> None:
        from django.db import transaction

        with self.connection.cursor() as cursor:
            if self.connection.vendor == "sqlite":
                cursor.execute("PRAGMA synchronous=OFF")
                cursor.execute("PRAGMA cache_size=-400000")
            else:
                # What is written here fits together; asking about each row would take most of the time.
                cursor.execute("SET session_replication_role = replica")
        with transaction.atomic():
            self._fill()
        if self.connection.vendor == "postgresql":
            with self.connection.cursor() as cursor:
                # As the server does by itself after a while.
                cursor.execute("VACUUM ANALYZE")
        # The next connection is as the site makes it.
        self.connection.close()

    def _fill(self) -> None:
        from rlsinfo.consultations.models import ConsultationRequest, ContactAttempt, Event, OutboxMail

        self._insert(ConsultationRequest, self._requests())
        self._insert(ContactAttempt, self._attempts())
        self._insert(Event, self._events())
        self._insert(OutboxMail, self._mails())
        self._insert_keys()

    def _insert(self, model, rows: Iterable[dict[str, object]]) -> None:
        """Write rows of one model; what a row does not name is as on a new object."""
        from rlsinfo.model_fields import EncryptedText

        fields = [field for field in model._meta.concrete_fields if not field.generated]
        blank = model()
        base = {field.attname: self._stored(field, getattr(blank, field.attname)) for field in fields}
        sealed = [field for field in fields if isinstance(field, EncryptedText)]

        def whole(row: dict[str, object]) -> list[object]:
            typed = {each.attname: self._stored(each, row[each.attname]) for each in sealed if each.attname in row}
            return list((base | row | typed).values())

        self._write(model._meta.db_table, list(base), map(whole, rows))

    def _stored(self, field, value: object) -> object:
        return None if value is None else field.get_db_prep_save(value, self.connection)

    def _moment(self, at: datetime | None) -> object:
        return at and self.connection.ops.adapt_datetimefield_value(at)

    def _write(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        listed = ", ".join(f'"{column}"' for column in columns)
        with self.connection.cursor() as cursor:
            if self.connection.vendor == "postgresql":
                with cursor.copy(f'COPY "{table}" ({listed}) FROM STDIN') as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                marks = ", ".join("?" for _ in columns)
                cursor.connection.executemany(f'INSERT INTO "{table}" ({listed}) VALUES ({marks})', rows)

    def _requests(self) -> Iterator[dict[str, object]]:
        from rlsinfo.consultations.models import State, Topic

        chance, hour = self.chance, timedelta(hours=1)
        ends = (State.SCHEDULED,) * 9 + (State.NOT_FOR_US, State.DECLINED, State.NO_CONTACT) * 2
        ends += (State.SPAM, State.DUPLICATE)
        for at, received in enumerate(self.received):
            stamp = self._moment(received)
            row = {
                "id": at + 1,
                "reference": self.reference(at),
                "submission_key": f"key-of-form-{at:09}",
                "content_hash": f"{at:064}",
                "received_at": stamp,
                "clock_started_at": stamp,
                "consent_at": stamp,
                "name": self.names[at],
                "phone": self.phone(at),
                "email": self.email(at),
                "may_leave_message": at % 4 != 0,
                "topic": Topic.values[at % len(Topic)],
                "note": "Please ask for me at the front desk. I am there until five most days.",
                "consent_version": "2026-11",
                "source": f"/causes/page-{at % 35}/",
            }
            if at in self.open:
                state = (State.NEW, State.TRYING, State.TRYING, State.CALL_BACK)[at % 4]
                due = received if state == State.NEW else self.now + chance.uniform(-20, 40) * hour
                row |= {
                    "state": state.value,
                    "state_changed_at": stamp,
                    "next_due_at": self._moment(due),
                    "overdue_at": self._moment(due + 8 * hour),
                    "urgent": at % 50 == 0,
                }
            else:
                state = State.SPAM if at >= self.number - OPEN - TO_SKIM else ends[at % len(ends)]
                tried = received + hour
                closed = self._moment(min(self.now, received + chance.uniform(4, 200) * hour))
                row |= {"state": state.value, "state_changed_at": closed, "closed_at": closed}
                if state == State.SPAM:
                    row["skim_since"] = stamp if at >= self.number - OPEN - TO_SKIM else None
                else:
                    row |= {"first_try_at": self._moment(tried), "first_contact_at": self._moment(tried + 3 * hour)}
                if state == State.DUPLICATE and at:
                    row["related_to_id"] = at
            yield row

    def _attempts(self) -> Iterator[dict[str, object]]:
        from rlsinfo.consultations.models import Outcome

        outcomes = (Outcome.NO_ANSWER, Outcome.LEFT_MESSAGE, Outcome.REACHED, Outcome.BOOKED)
        before = '{"state": "trying", "state_changed_at": "2026-01-01T10:00:00Z", "next_due_at": "2026-01-01T12:00:00Z", "tries": 1}'
        for number in range(self.number * ATTEMPTS):
            request, each = divmod(number, ATTEMPTS)
            at = self._moment(min(self.now, self.received[request] + (each + 1) * timedelta(hours=1, minutes=7)))
            yield {
                "id": number + 1,
                "request_id": request + 1,
                "token": f"{number:022}",
                "outcome": outcomes[each].value,
                "number": each + 1,
                "at": at,
                "by_id": 1,
                "by_name": "Maria",
                "from_state": "trying",
                "to_state": "trying",
                "before": before,
                "version_after": each + 2,
            }

    def _events(self) -> Iterator[dict[str, object]]:
        for at, received in enumerate(self.received):
            for number, kind in enumerate(("received", "mail_sent")):
                yield {"id": 2 * at + number + 1, "request_id": at + 1, "kind": kind, "at": self._moment(received)}

    def _mails(self) -> Iterator[dict[str, object]]:
        for at, received in enumerate(self.received):
            stamp = self._moment(received)
            for number, kind in enumerate(("alert", "receipt")):
                message = 2 * at + number + 1
                sent = {"state": "sent", "sent_at": stamp, "created_at": stamp, "attempts": 1}
                if kind == "receipt" and at >= self.number - STUCK:
                    sent |= {"state": "failed", "sent_at": None, "last_error": "SMTPRecipientsRefused"}
                yield {"id": message, "request_id": at + 1, "kind": kind, "message_id": f"<{message:022}@bench>"} | sent

    def _insert_keys(self) -> None:
        """In the order of the index: a million requests have 18 million keys."""
        from rlsinfo.consultations.finding import keys_of
        from rlsinfo.consultations.models import SearchKey
        from rlsinfo.model_fields import ring

        of_name = cache(lambda word: keys_of(word, "", ""))
        ring_now = ring()
        table = SearchKey._meta.db_table
        with self.connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE unsorted (key bigint, request_id bigint)")
        rows = (
            (ring_now.fingerprint(key), at + 1)
            for at in range(self.number)
            for key in {key for word in self.names[at].split() for key in of_name(word)}
            | keys_of("", self.phone(at), self.email(at))
        )
        self._write("unsorted", ("key", "request_id"), rows)
        with self.connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO "{table}" (key, request_id) SELECT key, request_id FROM unsorted ORDER BY 1, 2'
            )
            cursor.execute("DROP TABLE unsorted")
