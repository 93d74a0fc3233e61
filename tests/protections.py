"""Switches protections off, one at a time, in a copy of the site: each must turn at least one test red.

`make protections` tries all of them; `make test` tries a few, and that each still fits the text it switches off.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS_FAILED = 1
"""What pytest ends with when tests have failed; it has other numbers for what could not be run at all."""


class NoLongerFits(Exception):
    """The text that is to be switched off does not stand in the file exactly once."""


class CannotRun(Exception):
    """The tests could not be run, so their colour says nothing; the message is what pytest printed last."""


@dataclass(frozen=True)
class Protection:
    """One thing that protects somebody, the text that does it, and the tests that would miss it."""

    name: str
    file: str
    text: str
    off: str
    tests: tuple[str, ...]


def copy_of_the_site(folder: Path) -> Path:
    """Everything that belongs to the repository, as it stands now, in a folder of its own."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@contextmanager
def switched_off(protection: Protection, site: Path):
    """The copy without the protection, for as long as the block runs."""
    file = site / protection.file
    whole = file.read_text(encoding="utf-8")
    if whole.count(protection.text) != 1:
        raise NoLongerFits(f"{protection.name}: {protection.file} does not hold once: {protection.text}")
    file.write_text(whole.replace(protection.text, protection.off), encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(whole, encoding="utf-8")


def red_tests(tests: Iterable[str], site: Path) -> list[str]:
    """The first of these tests that fails in the copy, or none; raises CannotRun."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *tests]
    # What Python compiled before a change of the same second would be taken for what stands there now.
    own = {"PATH": os.environ["PATH"], "HOME": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run(command, cwd=site, env=own, capture_output=True, text=True, check=False)
    if ended.returncode not in {0, TESTS_FAILED}:
        raise CannotRun("\n".join((ended.stdout + ended.stderr).strip().splitlines()[-12:]))
    return re.findall(r"^(?:FAILED|ERROR) (\S.*?)(?: - .*)?$", ended.stdout, re.MULTILINE)


def main(wanted: Iterable[str]) -> int:
    """Try each protection whose name holds one of the words (all, without words); the exit status."""
    words = list(wanted)
    chosen = [each for each in PROTECTIONS if not words or any(word in each.name for word in words)]
    missed = []
    with tempfile.TemporaryDirectory(prefix="rlsinfo-protections-") as folder:
        site = copy_of_the_site(Path(folder))
        tests = dict.fromkeys(test for each in chosen for test in each.tests)
        if red := red_tests(tests, site):
            print(f"Red with every protection on, so nothing can be told: {red[0]}")
            return 1
        for number, each in enumerate(chosen, start=1):
            began = time.monotonic()
            with switched_off(each, site):
                red = red_tests(each.tests, site)
            missed += [] if red else [each.name]
            print(
                f"{number:3} {'red  ' if red else 'GREEN'} {time.monotonic() - began:4.0f} s  {each.name}: {', '.join(red)}"
            )
            sys.stdout.flush()
    print(f"{len(chosen) - len(missed)} of {len(chosen)} protections are missed when they are gone.")
    return 1 if missed else 0


def _protection(name: str, file: str, text: str, off: str, *tests: str) -> Protection:
    return Protection(name, file, text, off, tests)


SETTINGS, MIDDLEWARE = "rlsinfo/settings.py", "rlsinfo/middleware.py"
STAFF, REQUESTS = "rlsinfo/staff", "rlsinfo/consultations"
HEADERS, ENVIRONMENT = "tests/test_middleware.py", "tests/test_environment.py"
VIEWS, INTAKE = "tests/consultations/test_views.py", "tests/consultations/test_intake.py"
REACHING, ONE_REQUEST = (
    "tests/consultations/desk/test_reaching_a_person.py",
    "tests/consultations/desk/test_one_request.py",
)
ROLES = "tests/consultations/desk/test_roles.py"

PROTECTIONS = [
    # --- what browsers enforce for us ---
    _protection(
        "no script but our own", SETTINGS, '''"script-src": ["'self'"]''', '''"script-src": ["'self'", "'unsafe-inline'"]''', f"{HEADERS}::test_every_answer_carries_the_security_headers"),
    _protection(
        "no page inside another", SETTINGS, '''"frame-ancestors": ["'none'"],\n''', "\n", f"{HEADERS}::test_an_error_of_ours_is_as_well_protected_as_any_page"),
    _protection("no guessing of types", MIDDLEWARE, '"X-Content-Type-Options": "nosniff",\n', "\n", f"{HEADERS}::test_a_malformed_request_is_refused_at_every_address"),
    _protection("nothing is kept unless it says so", MIDDLEWARE, '"Cache-Control": "no-store",\n', "\n", f"{HEADERS}::test_an_error_of_ours_is_as_well_protected_as_any_page"),
    _protection("https for two years", SETTINGS, "63_072_000 if HTTPS", "3_600 if HTTPS", f"{ENVIRONMENT}::test_an_https_address_turns_on_everything_that_needs_it"),
    _protection("plain http leads to https", SETTINGS, "SECURE_SSL_REDIRECT = HTTPS", "SECURE_SSL_REDIRECT = False", f"{ENVIRONMENT}::test_an_https_address_turns_on_everything_that_needs_it"),
    _protection("cookies bound to this host", SETTINGS, '"__Host-session" if HTTPS', '"session" if HTTPS', f"{ENVIRONMENT}::test_an_https_address_turns_on_everything_that_needs_it"),
    _protection(
        "cookies out of reach of scripts",
        SETTINGS, "SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True", "SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = False",
        "tests/stack/test_headers.py::test_every_cookie_is_bound_to_this_host_and_hidden_from_scripts",
    ),
    _protection(
        "cookies stay on our pages",
        SETTINGS, 'SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"', 'SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "None"',
        "tests/stack/test_headers.py::test_a_cookie_follows_a_link_from_a_mail_only_where_it_has_to",
    ),
    _protection(
        "only the scripts we wrote run",
        "rlsinfo/templatetags/scripts.py", ''' integrity="sha256-{}"{}></script>', static(name), digest, when)''', '''{}></script>', static(name), when)''',
        "tests/stack/test_headers.py::test_a_browser_runs_only_the_scripts_we_wrote",
    ),
    _protection(
        "only what we wrote stands in a page", "rlsinfo/content_policy.py", '''f"'sha256-{digest}'"''', '''"'unsafe-inline'"''',
        "tests/test_in_the_page.py::test_a_style_sheet_is_let_through_by_what_it_says_and_no_script_with_it",
    ),
    _protection(
        "the browser drops its pages at the end", "rlsinfo/admin.py", '''response["Clear-Site-Data"] = '"cache"'\n''', "pass\n", "tests/staff/test_sign_in.py::test_signing_out_makes_the_browser_drop_the_pages_it_kept"),
    # --- what is refused at the door ---
    _protection("no forged host", MIDDLEWARE, "        request.get_host()\n", "", "tests/stack/test_headers.py::test_every_answer_carries_every_header_once[an asset of a forged host]"),
    _protection("no unknown method", MIDDLEWARE, "if request.method not in METHODS:", "if False:", f"{HEADERS}::test_a_malformed_request_is_refused_at_every_address"),
    _protection("no control characters in addresses", MIDDLEWARE, ' or "%00" in query', "", f"{HEADERS}::test_a_malformed_request_is_refused_at_every_address"),
    _protection("no foreign encodings", MIDDLEWARE, 'if request.META.get(FOREIGN_ENCODING):', "if False:", f"{HEADERS}::test_a_form_in_another_encoding_is_refused"),
    _protection(
        "no form in clear", MIDDLEWARE, 'request.method == "POST" and not request.is_secure()', "False",
        "tests/stack/test_headers.py::test_a_form_that_came_in_clear_is_refused_and_not_led_on_as_if_nothing_had_happened",
    ),
    _protection("no body larger than a form", SETTINGS, "DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024", "DATA_UPLOAD_MAX_MEMORY_SIZE = None", f"{HEADERS}::test_a_body_that_no_form_needs_is_refused_with_the_way_to_keep_the_words"),
    _protection("no more fields than a form has", SETTINGS, "DATA_UPLOAD_MAX_NUMBER_FIELDS = 50", "DATA_UPLOAD_MAX_NUMBER_FIELDS = None", f"{HEADERS}::test_more_fields_than_any_form_has_are_refused"),
    _protection("no star among the hosts", SETTINGS, 'if "*" in ALLOWED_HOSTS:', "if False:", f"{ENVIRONMENT}::test_a_wrong_value_stops_the_start_with_one_sentence_that_names_it"),
    _protection(
        "no form of another site", SETTINGS, '    "django.middleware.csrf.CsrfViewMiddleware",\n', "",
        f"{VIEWS}::test_an_expired_form_comes_back_with_every_word_and_can_be_sent",
    ),
    _protection(
        "an expired form keeps its words", SETTINGS, 'CSRF_FAILURE_VIEW = "rlsinfo.consultations.views.csrf_failure"\n', "",
        f"{VIEWS}::test_an_expired_form_comes_back_with_every_word_and_can_be_sent",
    ),
    # --- who comes in ---
    _protection(
        "the second factor", f"{STAFF}/sign_in.py", "phone is not None and phone == getattr(user, \"phone_id\", None)", "True", "tests/staff/test_sign_in.py::TestWhoIsNotLetIn::test_a_session_ends_at_once_when_the_phone_is_taken_away"),
    _protection("a recovery code works once", f"{STAFF}/second_factor.py", "digest=_digest(code), used_at=None)", "digest=_digest(code))", "tests/staff/test_sign_in.py::TestARecoveryCode::test_works_once"),
    _protection("guessing is slowed down", f"{STAFF}/throttle.py", "if any(row.blocked_until and row.blocked_until > now for row, _ in rows):", "if False:", "tests/staff/test_throttle.py::test_after_five_tries_one_waits_twice_as_long_each_time"),
    _protection("an unknown name takes as long", f"{STAFF}/credentials.py", "        make_password(password)\n", "", "tests/staff/test_throttle.py::test_every_refusal_takes_the_same_work"),
    _protection("fifteen characters", SETTINGS, '"min_length": 15', '"min_length": 8', "tests/staff/test_passwords.py::test_fifteen_characters_are_enough_and_two_hundred_are_not_too_many"),
    _protection("no common password", f"{STAFF}/passwords.py", "(piece, piece.strip(DECORATION), *beginnings)", "()", "tests/staff/test_passwords.py::test_every_password_that_was_seen_in_breaches_is_refused_alone_twice_and_with_a_year"),
    _protection("no password of our own words", SETTINGS, '    {"NAME": "rlsinfo.staff.passwords.OwnWordsValidator"},\n', "", "tests/staff/test_passwords.py::test_the_words_of_this_site_make_no_password"),
    _protection("a screen left alone locks", f"{STAFF}/sessions.py", "IDLE = timedelta(minutes=15)", "IDLE = timedelta(days=15)", "tests/staff/test_sessions.py::TestTheLock::test_closes_after_fifteen_minutes_without_a_person"),
    _protection("a session ends", f"{STAFF}/sessions.py", "    request.session.set_expiry(timezone.now() + LONGEST)\n", "", "tests/staff/test_sessions.py::TestTheEndOfTheDay::test_comes_after_twelve_hours_however_much_was_done"),
    _protection("an invitation ends", SETTINGS, "PASSWORD_RESET_TIMEOUT = 7 * 24", "PASSWORD_RESET_TIMEOUT = 700 * 24", "tests/staff/test_invitations.py::test_a_link_works_for_seven_days"),
    _protection("both factors for new recovery codes", f"{STAFF}/own_sign_in.py", 'if by_password(request, user.username, form.cleaned_data["password"]) != user:', "if False:", "tests/staff/test_own_sign_in.py::test_an_open_screen_alone_makes_none"),
    _protection("nobody is led elsewhere", f"{STAFF}/sign_in.py", 'return address if ours and address.startswith("/") and address.isprintable() else reverse("admin:index")', "return address", "tests/staff/test_sign_in.py::TestWhoIsNotLetIn::test_nobody_is_led_to_a_foreign_address_or_to_none"),
    # --- who may do what ---
    _protection("the admin needs both factors", "rlsinfo/admin.py", "return sign_in.is_signed_in(request)", "return bool(request.user.is_staff)", f"{ROLES}::test_each_role_is_served_what_it_needs_and_nothing_else[desk]"),
    _protection("each role its pages", f"{REQUESTS}/desk/pages.py", "if not may(request, permission):", "if False:", f"{ROLES}::test_each_role_is_served_what_it_needs_and_nothing_else[consultations_consultationrequest_export]"),
    _protection("accounts are for administrators", f"{STAFF}/people.py", "def _check(", "def _check(*unused):\n    pass\n\n\ndef _unused(", f"{ROLES}::test_each_role_is_served_what_it_needs_and_nothing_else[people]"),
    _protection("refusals are written down", f"{REQUESTS}/desk/pages.py", "                record(action, by=request.user, detail=request.path, outcome=Outcome.REFUSED)\n", "", f"{ONE_REQUEST}::test_who_may_not_change_requests_is_refused_and_that_is_written_down"),
    _protection("a change is a POST", f"{STAFF}/sessions.py", "@require_POST\ndef lock", "def lock", f"{ROLES}::test_each_role_is_served_what_it_needs_and_nothing_else[lock]"),
    _protection("only the page that was seen is changed", f"{REQUESTS}/work.py", "filter(only_if, pk=request.pk, version=version, removed_at=None)", "filter(only_if, pk=request.pk, removed_at=None)", "tests/consultations/desk_work/test_pressed_twice.py"),
    _protection("no word about who was removed is kept", f"{REQUESTS}/work.py", "filter(pk=request.pk, removed_at=None).exists()", "filter(pk=request.pk).exists()", "tests/consultations/desk_work/test_removed.py"),
    # --- what is taken in ---
    _protection("no control characters", "rlsinfo/plain_text.py", 'if any(unicodedata.category(character) == "Cc"', 'if any(unicodedata.category(character) == "xx"', "tests/test_plain_text.py::test_a_control_character_is_refused_in_one_line"),
    _protection("no marks that turn words around", "rlsinfo/plain_text.py", "if TURNING.search(text):", "if False:", "tests/test_plain_text.py::test_a_mark_that_turns_words_around_is_refused"),
    _protection("nothing unseen", "rlsinfo/plain_text.py", 'text = UNSEEN.sub("", text)', "text = text", "tests/test_plain_text.py::test_what_takes_no_room_is_left_out"),
    _protection("markup is shown and not obeyed", "templates/admin/consultations/request.html", '<h2>Their note</h2><div class="said">{{ each.note|linebreaks }}', '<h2>Their note</h2><div class="said">{{ each.note|safe }}', f"{REACHING}::test_what_they_wrote_stands_there_as_text"),
    _protection("articles are sanitised", "rlsinfo/articles/rendering.py", "clean = nh3.clean(", "clean = (lambda page, **unused: page)(", "tests/articles/test_rendering.py::test_html_that_an_author_types_is_shown_and_not_obeyed", "tests/articles/test_rendering.py::test_whatever_is_typed_no_tag_and_no_attribute_gets_through"),
    _protection("data for machines ends no element", "rlsinfo/articles/structured_data.py", 'for character in "<>&":', 'for character in "":', "tests/articles/test_structured_data.py"),
    _protection("the trap tells machines", f"{REQUESTS}/screening.py", "return reasons if trapped or len(reasons) >= 2 else ()", "return ()", "tests/consultations/test_screening.py"),
    _protection("a client has its share", f"{REQUESTS}/intake.py", "if client and (wait", "if False and (wait", f"{VIEWS}::test_more_requests_than_one_network_sends_are_put_off_with_every_word"),
    _protection("a flood is set aside", f"{REQUESTS}/intake.py", "_flood(now))", "())", f"{INTAKE}::test_a_flood_is_stored_and_set_aside_and_mails_nobody"),
    _protection("no header forges a client", f"{STAFF}/rates.py", "written[-settings.TRUSTED_PROXIES]", "written[0]", "tests/staff/test_rates.py::test_our_proxies_are_counted_from_the_right"),
    # --- what is never lost ---
    _protection("on the disk before the reference", f"{REQUESTS}/intake.py", "transaction.atomic(durable=not is_test)", "transaction.atomic()", f"{INTAKE}::test_a_request_is_on_disk_when_its_reference_is_known"),
    _protection("a form sent twice is one request", f"{REQUESTS}/migrations/0001_requests.py", 'fields=("submission_key", "content_hash")', 'fields=("reference", "content_hash")', "tests/consultations/test_models.py::test_one_submission_is_one_row"),
    _protection("a sending that was overtaken finds the first", f"{REQUESTS}/intake.py", "if request := _same(", "if False and _same(", f"{INTAKE}::test_a_sending_that_was_overtaken_gets_the_reference_of_the_one_that_was_first"),
    _protection("a power cut loses nothing", "rlsinfo/environment.py", "PRAGMA synchronous=EXTRA", "PRAGMA synchronous=NORMAL", f"{ENVIRONMENT}::test_sqlite_keeps_a_commit_through_a_power_cut"),
    _protection("no write-ahead log that can lose", "rlsinfo/durability.py", 'if journal_mode == "wal" and version < WAL_IS_SAFE_SINCE:', "if False:", "tests/test_durability.py"),
    _protection("what is erased is gone", "rlsinfo/durability.py", "    if not erases:\n", "    if False:\n", "tests/test_durability.py"),
    _protection("a server that forgets is refused", "rlsinfo/durability.py", 'if synchronous_commit not in {"on", "remote_apply"}:', "if False:", "tests/test_durability.py"),
    _protection("readers do not wait for the database", "rlsinfo/waiting_room.py", "while len(self._entered) >= self.places:", "while False:", "tests/test_waiting_room.py"),
    _protection("no password in the page of an outage", "rlsinfo/database_away.py", "if not SECRET.search(name)", "if True", "tests/test_database_away.py"),
    _protection("mail that surely did not leave is sent later", f"{REQUESTS}/smtp.py", 'self.handed_over = isinstance(s, bytes) and s.endswith(b"\\r\\n.\\r\\n")', "self.handed_over = True", "tests/consultations/test_smtp.py"),
    _protection("no mail server holds the worker for ever", f"{REQUESTS}/smtp.py", "monotonic() + LONGEST", "monotonic() + 1_000_000", "tests/consultations/test_smtp.py::test_a_server_that_never_stops_talking_is_cut_off"),
    _protection("no wrong clock holds mail back", f"{REQUESTS}/models/mail.py", "Q(due_at__lte=now) | astray", "Q(due_at__lte=now)", "tests/consultations/test_outbox.py::test_a_clock_that_was_ahead_and_was_put_right_holds_no_message_back"),
    _protection("a mail is in one worker's hands", f"{REQUESTS}/outbox.py", "            mail.due_at = now + LEASE\n", "", "tests/consultations/test_outbox.py::test_a_mail_in_the_hands_of_a_worker_that_died_is_sent_by_another", "tests/consultations/test_outbox.py::test_many_workers_send_every_mail_once"),
    _protection("a repeated mail is known as one", f"{REQUESTS}/outbox.py", '"Message-ID": mail.message_id, ', "", "tests/consultations/test_outbox.py::test_a_message_arrives_at_a_real_server_with_its_own_identifier"),
    _protection("a damaged backup is noticed", "rlsinfo/plumbing/sealed_files.py", "if checksum.digest() != trailer[: -len(END)]:", "if False:", "tests/plumbing/test_sealed_files.py"),
    _protection("no mass deletion", f"{REQUESTS}/retention.py", "if number * 100 > total * MOST_PERCENT:", "if False:", "tests/consultations/test_retention.py::test_more_than_one_in_twenty_is_never_removed_at_once"),
    _protection("what was opened again is not removed", f"{REQUESTS}/retention.py", "_over(each.outcome, each.period, now).filter(pk__in=", "ConsultationRequest.objects.filter(pk__in=", "tests/consultations/test_retention.py::test_what_is_opened_again_after_it_was_found_stays_and_is_not_counted"),
    _protection("nothing is removed by a clock that jumped", f"{REQUESTS}/retention.py", "if last and now - last > LONGEST_PAUSE:", "if False:", "tests/consultations/test_retention.py::test_a_clock_that_has_jumped_ahead_since_the_last_run_stops_it"),
    # --- what nobody else sees ---
    _protection("what people typed is sealed", "rlsinfo/model_fields.py", "return ring().seal(text, self.place) if text else text", "return text", "tests/consultations/test_sealing.py"),
    _protection("a sealed text opens at its place alone", "rlsinfo/encryption.py", 'encrypt(nonce, text.encode(), f"{name}|{place}".encode())', 'encrypt(nonce, text.encode(), f"{name}|".encode())', "tests/test_encryption.py"),
    _protection("no password is written into a page", f"{STAFF}/sessions.py", "or SECRET.search(field)", "or False", "tests/staff/test_sessions.py::TestTheLock::test_writes_no_password_and_no_code_into_its_page"),
    _protection("no formula leaves", f"{REQUESTS}/export.py", "writerows([inert(cell) for cell in cells] for cells in lines)", "writerows(lines)", "tests/consultations/desk/test_export.py::test_a_name_that_is_a_formula_leaves_disarmed"),
    _protection("the log holds nobody's words", "rlsinfo/logs.py", 'return record.msg if record.args and isinstance(record.msg, str) else ""', "return record.getMessage()", "tests/test_logs.py"),
    _protection("an error is told without its text", "rlsinfo/logs.py", 'yield {"class": type(error).__name__,', 'yield {"class": repr(error),', "tests/test_logs.py"),
    _protection("no entry can be swapped", f"{STAFF}/log.py", "return _keyed(ENTRY_SALT, [previous, entry.number,", "return _keyed(ENTRY_SALT, [entry.number,", "tests/staff/test_log.py"),
    _protection("the end of the log is sealed", f"{STAFF}/log.py", "if not problems and not constant_time_compare(head.seal", "if False and not constant_time_compare(head.seal", "tests/staff/test_log.py"),
]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
