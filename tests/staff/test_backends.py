"""What somebody may do is what Django's own backend says; with who they are it takes one question."""

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Group, User

from rlsinfo.staff.backends import StaffBackend
from tests.factories import make_staff

pytestmark = pytest.mark.django_db


def fresh(user: User) -> User:
    """The same person, of whom nothing is remembered yet."""
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize("groups", [(), ("Front desk",), ("Lead", "Administrator")])
@pytest.mark.parametrize("own", [(), ("view_figures",), ("view_figures", "view_consultationrequest")])
@pytest.mark.parametrize("changes", [{}, {"is_active": False}, {"is_superuser": True}])
def test_the_answer_is_that_of_django(groups, own, changes):
    user = make_staff(*own, **changes)
    user.groups.set(Group.objects.filter(name__in=groups))
    if not own:
        user.user_permissions.clear()

    assert StaffBackend().get_all_permissions(fresh(user)) == ModelBackend().get_all_permissions(fresh(user))


def test_nobody_may_do_anything_to_a_single_thing_or_without_signing_in():
    assert StaffBackend().get_all_permissions(make_staff(), obj=make_staff()) == set()
    assert StaffBackend().get_all_permissions(AnonymousUser()) == set()


def test_it_takes_one_question_however_often_it_is_asked(django_assert_num_queries):
    user = fresh(make_staff("view_figures"))

    with django_assert_num_queries(1):
        assert user.has_perm("consultations.view_figures")
        assert not user.has_perm("consultations.export_consultationrequest")
        assert user.has_module_perms("consultations")


def test_who_somebody_is_and_what_they_may_do_take_one_question_together(django_assert_num_queries):
    maria = make_staff("view_figures")
    maria.groups.set(Group.objects.filter(name="Front desk"))

    with django_assert_num_queries(1):
        found = StaffBackend().get_user(maria.pk)
        allowed = found.get_all_permissions()

    assert allowed == ModelBackend().get_all_permissions(fresh(maria))


def test_what_was_taken_from_somebody_is_gone_with_their_next_request():
    maria = make_staff("view_figures")
    assert StaffBackend().get_user(maria.pk).has_perm("consultations.view_figures")

    maria.user_permissions.clear()

    assert not StaffBackend().get_user(maria.pk).has_perm("consultations.view_figures")
