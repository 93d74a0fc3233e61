"""The addresses of this app, which stand in the admin."""

from django.urls import path

from rlsinfo.staff.log_page import access_log

guarded = [
    path("log/", access_log, name="access_log"),
]
"""Only for those who are signed in with a second factor."""
