"""How gunicorn logs and refuses: in our words and with our headers. Its own would quote what it was sent."""

import logging.config
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from gunicorn import util
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from rlsinfo import logs, middleware

OUR_FAULT = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName, errors.ConfigurationProblem)
STATUS = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
}
"""How a request is refused before Django sees it, where 400 says too little."""
SENTENCE = {
    True: "This is not a request as browsers send them.\n",
    False: "Something went wrong on our side. Please try again in a few minutes. In an emergency call 911.\n",
}

log = logging.getLogger(__name__)


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Sends what gunicorn has to say the way of all our logs; what it quotes is left out there."""

    def setup(self, cfg: Config) -> None:
        self.cfg = cfg
        self._access_log_enabled = True
        logging.config.dictConfig(logs.configuration())
        self.error_log.propagate = self.access_log.propagate = True

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        """One line for each request: to which of our addresses, and how it was answered. Not by whom, nor what it said."""
        status, address = int(str(resp.status).split()[0]), environ.get(logs.ADDRESS, "none of ours")
        if address.startswith("/health/") and status == HTTPStatus.OK:
            # Asked twice a minute for ever: only what is not well is worth a line.
            return
        method = environ.get("REQUEST_METHOD")
        known = logs.facts(
            method=method if method in middleware.METHODS else "another",
            address=address,
            status=status,
            seconds=round(request_time.total_seconds(), 3),
        )
        if why := environ.get(logs.WHY):
            known["facts"]["why"] = why
        level, says = _judged(status)
        log.log(level, says, extra=known)


class Worker(ThreadWorker):  # type: ignore[misc]
    """A worker that says nothing of a request that it could not read but that there was one."""

    def init_process(self) -> None:
        with logs.nothing_is_printed():
            super().init_process()

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer what is no HTTP, or failed outside Django, plainly and with every security header; then hang up."""
        refused = isinstance(exc, errors.ParseException) and not isinstance(exc, OUR_FAULT)
        status = STATUS.get(type(exc), HTTPStatus.BAD_REQUEST) if refused else HTTPStatus.INTERNAL_SERVER_ERROR
        if refused:
            log.warning("What came was no request.", extra=logs.facts(why=type(exc).__name__, status=status.value))
        else:
            log.error("A request failed.", exc_info=exc, extra=logs.facts(status=status.value))
        body = SENTENCE[refused].encode()
        headers = middleware.headers_of_every_answer() | {
            "Connection": "close",
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Length": str(len(body)),
        }
        head = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        # Whoever sent it may have hung up already.
        with suppress(OSError):
            util.write_nonblock(client, "\r\n".join([*head, "", ""]).encode("latin-1") + body)


def _judged(status: int) -> tuple[int, str]:
    """How serious an answer is, and what to call it."""
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        return logging.WARNING, "A request was put off."
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return logging.ERROR, "A request failed."
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return logging.INFO, "A request was for nothing that is here."
    if status in {HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY} or status < HTTPStatus.BAD_REQUEST:
        return logging.INFO, "A request was answered."
    return logging.WARNING, "A request was refused."
