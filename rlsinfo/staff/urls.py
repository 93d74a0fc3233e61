"""The addresses of this app, which stand in the admin."""

from django.urls import path

from rlsinfo.staff import people
from rlsinfo.staff.invitations import AcceptInvitation
from rlsinfo.staff.log_page import access_log
from rlsinfo.staff.own_sign_in import change_password, own_sign_in, recovery_codes
from rlsinfo.staff.sessions import lock
from rlsinfo.staff.sign_in import code_step, password_step, phone_step

open_to_all = [
    path("login/", password_step, name="login"),
    path("login/code/", code_step, name="enter_code"),
    path("login/phone/", phone_step, name="set_up_phone"),
    path("invitation/<uidb64>/<token>/", AcceptInvitation.as_view(), name="accept_invitation"),
]
"""For those who are on their way in."""

guarded = [
    path("log/", access_log, name="access_log"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/<int:pk>/", people.one_person, name="person"),
    path("people/<int:pk>/roles/", people.change_roles, name="change_roles"),
    path("people/<int:pk>/invite-again/", people.invite_again, name="invite_again"),
    path("people/<int:pk>/reset-second-factor/", people.reset_second_factor, name="reset_second_factor"),
    path("people/<int:pk>/end-access/", people.end_access, name="end_access"),
    path("lock/", lock, name="lock"),
    path("password_change/", change_password, name="password_change"),
    path("your-sign-in/", own_sign_in, name="own_sign_in"),
    path("your-sign-in/recovery-codes/", recovery_codes, name="recovery_codes"),
]
"""Only for those who are signed in with a second factor."""
