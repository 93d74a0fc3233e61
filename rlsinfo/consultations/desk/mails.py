"""The e-mails that were not sent or may not have arrived, and the buttons that send them again."""

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import pluralize
from django.utils import timezone

from rlsinfo.consultations.counting import first_of
from rlsinfo.consultations.desk.pages import address, desk_page, may, show, who
from rlsinfo.consultations.models import OutboxMail
from rlsinfo.staff.log import Action, recorded

PAGE_LENGTH = 50


@desk_page("view_consultationrequest")
def mails(request: HttpRequest) -> HttpResponse:
    """Every message that only a person can decide about, the oldest first."""
    stuck = OutboxMail.objects.stuck().select_related("request", "user")
    queued = OutboxMail.objects.filter(state=OutboxMail.State.QUEUED)
    shown, counts = first_of(stuck, PAGE_LENGTH, queued=queued)
    context = {
        "title": "E-mails not sent",
        "mails": shown,
        # Whoever may have a message already is written to again only one by one.
        "failed": [mail for mail in shown if mail.state == OutboxMail.State.FAILED],
        "page_length": PAGE_LENGTH,
        "may_move": may(request, "move_consultationrequest"),
    }
    with recorded(Action.LIST, by=who(request), detail="E-mails not sent"):
        return show(request, "mails", context | counts)


@desk_page("move_consultationrequest", "POST", action=Action.CHANGE)
def send_again(request: HttpRequest) -> HttpResponse:
    """Give those that were chosen a fresh start."""
    chosen = request.POST.getlist("mail")[:PAGE_LENGTH]
    if not all(each.isascii() and each.isdecimal() and len(each) < 19 for each in chosen):
        raise BadRequest("This button is not on the page.")
    stuck = OutboxMail.objects.stuck().filter(pk__in=map(int, chosen)).select_related("request")
    with recorded(Action.CHANGE, by=who(request)) as entry:
        for mail in stuck:
            mail.send_again(by=who(request), now=timezone.now())
            entry.subjects += [mail.request.reference] if mail.request else []
        entry.detail = f"send {len(stuck)} e-mail{pluralize(len(stuck))} again"
    return HttpResponseRedirect(address("mails"), status=303)
