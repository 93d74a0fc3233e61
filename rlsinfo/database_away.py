"""What becomes of a request that needs the database while it is away: 503, and nothing that was typed is lost."""

import logging
import sys
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rlsinfo import durability, waiting_room
from rlsinfo.logs import facts
from rlsinfo.staff.credentials import SECRET

log = logging.getLogger(__name__)

ASK_THE_DATABASE = ("/admin/", "/health/")
"""Where the addresses begin that do so, besides the sending of a request, which sees to it itself."""


def put_off(request: HttpRequest) -> HttpResponse:
    """The page that says so; what was typed comes back with a button that sends it again."""
    log.error("The database is away.", extra=facts(error=type(sys.exception()).__name__))
    durability.let_go()
    # The security token too goes back as it came: no new one is given to a form that nobody has looked at.
    kept = [(name, value) for name, values in request.POST.lists() if not SECRET.search(name) for value in values]
    context = {"kept": kept, "address": request.get_full_path()}
    response = render(request, "503.html", context, status=503)
    response["Retry-After"] = "60"
    return response


class PatienceWithTheDatabase:
    """Lets so many requests wait for the database, so that readers never do, and answers for those that it fails."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(ASK_THE_DATABASE):
            return self.get_response(request)
        try:
            with waiting_room.DATABASE.place():
                return self.get_response(request)
        except waiting_room.Full:
            return put_off(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Django asks this when a view has failed; None means that it is another mistake."""
        return put_off(request) if isinstance(exception, durability.AWAY) else None
