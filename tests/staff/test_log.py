"""The access log keeps every entry, in order, and whoever tampers with it is found."""

from threading import Thread

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.models import QuerySet

from rlsinfo.staff.log import Action, Outcome, record, recorded, verify
from rlsinfo.staff.models import AccessEntry, AccessSubject, LogHead
from tests.factories import make_staff


def behind_our_back(model: type) -> QuerySet:
    """What somebody reaches who writes to the database itself."""
    return QuerySet(model)


def write(number: int) -> None:
    for each in range(number):
        record(Action.VIEW, subjects=[f"REF{each}"])


@pytest.mark.django_db
class TestAnEntry:
    def test_says_who_did_what_to_what(self):
        maria = make_staff(first_name="Maria", last_name="Lopez")

        record(Action.EXPORT, by=maria, subjects=["K7MR4PXD", 12], detail="For the yearly report.")

        entry = AccessEntry.objects.get()
        assert (entry.number, entry.by_id, entry.by_name) == (1, maria.pk, "Maria Lopez")
        assert (entry.action, entry.subjects, entry.outcome) == ("export", ["K7MR4PXD", "12"], "done")
        assert entry.detail == "For the yearly report."

    @pytest.mark.parametrize("nobody", [None, AnonymousUser()])
    def test_may_be_about_nobody_who_is_signed_in(self, nobody):
        entry = record(Action.SIGN_IN, by=nobody, outcome=Outcome.REFUSED)

        assert (entry.by_id, entry.by_name) == (None, "")

    def test_stays_when_the_account_is_gone(self):
        maria = make_staff(first_name="Maria")
        record(Action.VIEW, by=maria)

        maria.delete()

        assert AccessEntry.objects.get().by_name == "Maria"
        assert verify() == []

    def test_cuts_words_that_are_too_long_for_it(self):
        entry = record(Action.EXPORT, by=make_staff(first_name="M" * 150, last_name="L" * 150), detail="d" * 900)

        entry.refresh_from_db()
        assert len(entry.detail) == 500
        assert verify() == []

    def test_cannot_be_changed_or_deleted(self):
        entry = record(Action.VIEW, subjects=["K7MR4PXD"])

        for attempt in (
            entry.save,
            entry.delete,
            AccessEntry.objects.all().delete,
            lambda: AccessEntry.objects.update(action=Action.LIST),
            AccessSubject.objects.get().delete,
            AccessSubject.objects.all().delete,
        ):
            with pytest.raises(TypeError, match="only ever added"):
                attempt()
        assert AccessEntry.objects.get().subjects == ["K7MR4PXD"]


@pytest.mark.django_db
class TestRecorded:
    def test_writes_once_when_the_action_is_done_and_with_what_it_found(self):
        with recorded(Action.LIST, subjects=["A"]) as note:
            note.subjects.append("B")
            note.detail = "Two requests."
            assert not AccessEntry.objects.exists()

        entry = AccessEntry.objects.get()
        assert (entry.subjects, entry.detail, entry.outcome) == (["A", "B"], "Two requests.", "done")

    @pytest.mark.parametrize(("error", "outcome"), [(PermissionDenied, "refused"), (ZeroDivisionError, "failed")])
    def test_an_action_that_does_not_end_well_is_written_down_and_its_error_goes_on(self, error, outcome):
        with pytest.raises(error), recorded(Action.EXPORT, subjects=["A"]):
            raise error

        assert AccessEntry.objects.get().outcome == outcome

    def test_an_action_that_was_rolled_back_is_still_in_the_log(self):
        def change() -> None:
            with recorded(Action.CHANGE), transaction.atomic():
                make_staff(username="gone")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            change()

        assert AccessEntry.objects.get().outcome == "failed"
        assert verify() == []


@pytest.mark.django_db(transaction=True)
def test_eight_who_write_at_once_make_one_chain_without_a_gap():
    def work() -> None:
        try:
            write(25)
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert list(AccessEntry.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 201))
    assert verify() == []


def change_an_entry():
    behind_our_back(AccessEntry).filter(number=5).update(by_name="Somebody else")


def change_what_it_was_about():
    behind_our_back(AccessSubject).filter(entry=5).update(name="REF9")


def remove_what_it_was_about():
    behind_our_back(AccessSubject).filter(entry=5).delete()


def change_the_time():
    entry = AccessEntry.objects.get(number=5)
    behind_our_back(AccessEntry).filter(number=5).update(at=entry.at.replace(year=2020))


def remove_one_in_the_middle():
    behind_our_back(AccessSubject).filter(entry=5).delete()
    behind_our_back(AccessEntry).filter(number=5)._raw_delete("default")


def remove_one_and_close_the_gap():
    remove_one_in_the_middle()
    for number in range(6, 11):
        behind_our_back(AccessSubject).filter(entry=number)._raw_delete("default")
        behind_our_back(AccessEntry).filter(number=number).update(number=number - 1)
    behind_our_back(LogHead).update(count=9)


def remove_the_end():
    behind_our_back(AccessSubject).filter(entry__gt=7)._raw_delete("default")
    behind_our_back(AccessEntry).filter(number__gt=7)._raw_delete("default")


def remove_the_end_and_count_anew():
    remove_the_end()
    behind_our_back(LogHead).update(count=7)


def remove_the_end_and_the_head():
    remove_the_end()
    behind_our_back(LogHead).delete()


def remove_the_end_and_empty_the_head():
    remove_the_end()
    behind_our_back(LogHead).update(count=0, seal="")


def remove_all_entries():
    behind_our_back(AccessSubject)._raw_delete("default")
    behind_our_back(AccessEntry)._raw_delete("default")


def insert_one_at_the_end():
    last = AccessEntry.objects.get(number=10)
    last.number, last._state.adding = 11, True
    last.save()


def swap_two():
    for old, new in ((4, 999), (5, 4), (999, 5)):
        entry = AccessEntry.objects.get(number=old)
        moved = AccessEntry.objects.get(number=old)
        moved.number, moved._state.adding = new, True
        moved.save()
        behind_our_back(AccessSubject).filter(entry=entry).update(entry=moved)
        behind_our_back(AccessEntry).filter(number=old)._raw_delete("default")


TAMPERING = [
    (change_an_entry, "Entry 5 is not"),
    (change_what_it_was_about, "Entry 5 is not"),
    (remove_what_it_was_about, "Entry 5 is not"),
    (change_the_time, "Entry 5 is not"),
    (remove_one_in_the_middle, "Entry 5 is missing"),
    (remove_one_and_close_the_gap, "Entry 5 is not"),
    (remove_the_end, "end of the log is missing"),
    (remove_the_end_and_count_anew, "end of the log is missing"),
    (remove_the_end_and_the_head, "sealed count of the entries is missing"),
    (remove_the_end_and_empty_the_head, "sealed count of the entries is missing"),
    (remove_all_entries, "end of the log is missing"),
    (insert_one_at_the_end, "Entry 11 is not"),
    (swap_two, "Entry 4 is not"),
]


@pytest.mark.django_db
class TestTampering:
    @pytest.fixture(autouse=True)
    def ten_entries(self):
        write(10)
        assert verify() == []

    @pytest.mark.parametrize(("tamper", "said"), TAMPERING, ids=[each.__name__ for each, _ in TAMPERING])
    def test_is_found(self, tamper, said):
        tamper()

        (problem,) = verify()
        assert said in problem

    @pytest.mark.parametrize("tamper", [each for each, _ in TAMPERING], ids=lambda each: each.__name__)
    def test_is_not_covered_up_by_what_is_written_next(self, tamper):
        tamper()

        write(2)

        assert verify()

    def test_of_the_newest_entries_is_found_without_reading_all(self, django_assert_max_num_queries):
        change_an_entry()

        with django_assert_max_num_queries(10):
            assert verify(newest=4) == []
            assert verify(newest=7)

    @pytest.mark.parametrize("newest", [1, 9, 10, 11])
    def test_an_honest_log_is_whole_from_wherever_one_looks(self, newest):
        assert verify(newest=newest) == []

    def test_is_found_where_the_newest_entries_begin(self):
        remove_one_in_the_middle()

        assert verify(newest=5)

    def test_another_key_finds_every_entry_forged(self, settings):
        settings.SECRET_KEY = "another key of fifty characters, which nobody knows"

        assert verify()

    def test_ends_the_command_with_a_sentence(self):
        change_an_entry()

        with pytest.raises(CommandError, match=r"was tampered with\. Entry 5"):
            call_command("check_access_log")


@pytest.mark.django_db
def test_the_command_says_how_many_entries_a_whole_log_has(capsys):
    call_command("check_access_log")
    assert "whole and empty" in capsys.readouterr().out

    write(3)
    call_command("check_access_log")

    assert "whole: 3 entries" in capsys.readouterr().out
