"""Addresses of the request: before it, the form itself, and after it was sent."""

from django.urls import path

from rlsinfo.consultations import views

app_name = "consultations"
urlpatterns = [
    path("", views.start, name="start"),
    path("request/", views.ask, name="ask"),
    path("sent/<token>/", views.sent, name="sent"),
    path("stop/<token>/", views.stop, name="stop"),
]
