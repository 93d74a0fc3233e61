"""What a person sees while asking for a call: before, during and after."""

import logging
import math
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from django.conf import settings
from django.core import signing
from django.db import Error as DatabaseUnreachable
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from rlsinfo import durability, languages, waiting_room
from rlsinfo.consultations import canary, hours, intake, stops, work
from rlsinfo.consultations.forms import RequestForm, article_path
from rlsinfo.consultations.models import Stop
from rlsinfo.logs import WHY
from rlsinfo.staff import rates, sessions

log = logging.getLogger(__name__)

SENT_SALT = "consultations.sent"
SENT_FOR = 30 * 24 * 60 * 60
"""Seconds for which a confirmation can be opened again."""

FORM_EXPIRED = _(
    "We could not be sure that this came from you, perhaps because the page was open for a long time. "
    "Please press the button again. If you see this twice, allow cookies for this site."
)
NOT_STORED = _("We could not take your request just now, and nothing has been sent. Please send it again in a minute.")
TOO_MANY = _(
    "Many requests came from your network within the last hour, so we could not take this one, and nothing has been "
    "sent. Please send it again in {wait}: your answers stay on this page."
)


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Urgent signs first, then what a request is. The same for everybody, so that it can be built once."""
    return render(request, "consultations/start.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The questions; then, by the button pressed, back to them, on to the check, or off to the clinic."""
    if request.method != "POST":
        return _form_page(request, RequestForm(initial={"source": _came_from(request)}))
    step, _, field = request.POST.get("step", "check").partition(":")
    if step == "change":
        return _form_page(request, RequestForm.kept(request.POST, focus=field))
    form = RequestForm(request.POST)
    if form.is_urgent:
        return _interruption_page(request, form)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    return _send(request, form) if step == "send" else _check_page(request, form)


@never_cache
@require_safe
def sent(request: HttpRequest, token: str) -> HttpResponse:
    """The confirmation. It asks no database: the token exists only because the request was stored."""
    try:
        reference, received = signing.loads(token, salt=SENT_SALT, max_age=SENT_FOR)
    except signing.SignatureExpired:
        return render(request, "consultations/expired.html", status=410)
    except signing.BadSignature as error:
        raise Http404 from error
    received_at = datetime.fromisoformat(received)
    call_by = hours.promise(received_at, settings.CLINIC)
    return render(request, "consultations/sent.html", {"reference": reference, "call_by": call_by})


# The link is the secret that a forged form would lack, and who blocks cookies must be able to stop us too.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link in a receipt leads. Opening it does nothing, since mail programs open links by themselves."""
    try:
        reference = stops.reference_in(token)
    except signing.SignatureExpired:
        return render(request, "consultations/stop.html", {"expired": True}, status=410)
    except signing.BadSignature as error:
        raise Http404 from error
    scope = request.POST.get("scope")
    if scope not in Stop.Scope.values:
        return render(request, "consultations/stop.html")
    with waiting_room.DATABASE.place():
        work.stop_by_link(reference, Stop.Scope(scope), now=timezone.now())
    return render(request, "consultations/stopped.html", {"scope": scope})


@never_cache
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """What comes instead of "403 Forbidden": the form with every word still in it."""
    request.META[WHY] = "no proof that it came from our page"
    if request.path_info != reverse("consultations:ask"):
        return sessions.once_more(request) or render(request, "403_csrf.html", status=403)
    form = RequestForm(request.POST)
    if form.is_urgent:
        return _interruption_page(request, form)
    form.add_error(None, FORM_EXPIRED)
    return _form_page(request, form, status=403)


def _came_from(request: HttpRequest) -> str:
    """The article in ?from= of this page, or of the start page, which is built once and cannot hand it on."""
    before = dict(parse_qsl(request.headers.get("Referer", "").partition("?")[2]))
    return article_path(request.GET.get("from") or before.get("from", ""))


def _wait_in_words(wait: timedelta) -> str:
    minutes = math.ceil(wait / timedelta(minutes=1))
    return ngettext("{minutes} minute", "{minutes} minutes", minutes).format(minutes=minutes)


def _send(request: HttpRequest, form: RequestForm) -> HttpResponse:
    now = timezone.now()
    try:
        answers = form.answers(now=now)
        receive = canary.receive if canary.is_test(answers.submission_key, now) else intake.receive
        with waiting_room.DATABASE.place(), waiting_room.turn_to_write(connection):
            stored = receive(answers, now=now, client=rates.client_address(request))
    except intake.TooMany as share:
        log.warning("A request was put off: too many came from one client.")
        wait = _wait_in_words(share.wait)
        return _put_off_page(request, form, str(TOO_MANY).format(wait=wait), status=429, wait=share.wait)
    except DatabaseUnreachable as error:
        durability.let_go()
        # The class alone: the message of a database may quote what the person typed.
        log.error("A request could not be stored: %s", type(error).__name__)
        return _put_off_page(request, form, str(NOT_STORED), status=503, wait=timedelta(minutes=1))
    log.info("A request was stored.")
    token = signing.dumps((stored.spoken_reference, stored.received_at.isoformat()), salt=SENT_SALT)
    # 303: whatever the browser does next, it does not send the answers twice.
    return HttpResponseRedirect(languages.address("consultations:sent", token), status=303)


def _form_page(request: HttpRequest, form: RequestForm, status: int = 200) -> HttpResponse:
    return render(request, "consultations/ask.html", {"form": form}, status=status)


def _check_page(request: HttpRequest, form: RequestForm, status: int = 200) -> HttpResponse:
    return render(request, "consultations/check.html", {"form": form, "words": form.words()}, status=status)


def _put_off_page(
    request: HttpRequest, form: RequestForm, sentence: str, *, status: int, wait: timedelta
) -> HttpResponse:
    """The answers once more, ready to be sent later, and the phone as the other way."""
    phone = settings.CLINIC.phone
    form.add_error(None, f"{sentence} {gettext('Or call us at {phone}.').format(phone=phone)}" if phone else sentence)
    response = _check_page(request, form, status=status)
    response["Retry-After"] = str(math.ceil(wait.total_seconds()))
    return response


def _interruption_page(request: HttpRequest, form: RequestForm) -> HttpResponse:
    return render(request, "consultations/interruption.html", {"words": form.words(leaving_out="urgent")})
