"""Where readers answer."""

from django.urls import path

from rlsinfo.readers import views

app_name = "readers"
urlpatterns = [
    path("", views.answer, name="answer"),
    path("thanks/", views.thanks, name="thanks"),
]
