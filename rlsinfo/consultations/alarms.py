"""What the desk is told when a recurring job fails or falls silent: one mail when it begins, one when it is well again."""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from rlsinfo.consultations.intake import new_message_id
from rlsinfo.consultations.models import OutboxMail
from rlsinfo.plumbing import jobs
from rlsinfo.plumbing.files import room_for, size_in_words
from rlsinfo.plumbing.models import Incident, Job

LOWEST_ROOM = 512 * 1024 * 1024
"""Bytes free where requests are stored, under which somebody is told."""

REMEDIES = {
    Job.Name.BACKUP: "Ask whoever runs the site to look at the folder of backups (BACKUP_DIR) and its disk.",
    Job.Name.DRILL: "Ask whoever runs the site to run `manage.py drill` and to make a new backup.",
    Job.Name.TEST_REQUEST: "Send a request yourself. If it fails, people cannot reach you either: ask for help at once.",
    Job.Name.MAIL_WORKER: "No mail is sent. Open Call now often, and ask whoever runs the site to restart it.",
    Job.Name.RETENTION: "Old requests are kept for longer than they should be. Ask whoever runs the site.",
    Job.Name.COUNT: "A request may stand on no list. Ask whoever runs the site to run `manage.py count_requests`.",
    Job.Name.DISK: "Requests can soon no longer be stored. Ask whoever runs the site to make room at once.",
}
"""What whoever reads it should do."""


def beat() -> None:
    """Say that the mail worker lives, and whether what comes can still be stored on this machine."""
    jobs.record(Job.Name.MAIL_WORKER, True)
    jobs.record(Job.Name.DISK, not disk_is_low(), room_in_words())


def disk_is_low() -> bool:
    """Whether what comes can soon no longer be stored. Of the disk of a database server we see nothing."""
    return connection.vendor == "sqlite" and room_for(_database_folder()) < LOWEST_ROOM


def room_in_words() -> str:
    """How much room there is, in a sentence."""
    if connection.vendor != "sqlite":
        return "The disk of the database server is watched over there."
    return f"{size_in_words(room_for(_database_folder()))} free."


def _database_folder() -> Path:
    return Path(connection.settings_dict["NAME"]).absolute().parent


def plan(now: datetime) -> None:
    """Open and end incidents, and owe one mail for each beginning and each end, however many ask."""
    jobs.get_to_know(now)
    wrong = {trouble.job_id: trouble for trouble in jobs.troubles(now)}
    under_way = {incident.job_id: incident for incident in Incident.objects.filter(ended_at=None)}
    for name in wrong.keys() - under_way.keys():
        with transaction.atomic():
            trouble = wrong[name]
            incident, is_new = Incident.objects.get_or_create(
                job_id=name,
                ended_at=None,
                defaults={"kind": trouble.kind, "since": trouble.since, "detail": trouble.detail},
            )
            if is_new:
                _owe(OutboxMail.Kind.TROUBLE, incident, now)
    for name in under_way.keys() - wrong.keys():
        with transaction.atomic():
            if Incident.objects.filter(pk=under_way[name].pk, ended_at=None).update(ended_at=now):
                _owe(OutboxMail.Kind.WELL_AGAIN, under_way[name], now)


def write(mail: OutboxMail) -> tuple[str, str, str]:
    """To the front desk: what is not well, or is well again."""
    incident = mail.incident
    assert incident is not None  # noqa: S101 - the database holds it
    what = incident.job.get_name_display()
    subject = f"{what}: well again" if mail.kind == OutboxMail.Kind.WELL_AGAIN else f"{what}: not well"
    words = {
        "what": what,
        "incident": incident,
        "remedy": REMEDIES[Job.Name(incident.job_id)],
        "desk_url": settings.SITE_URL + reverse("admin:consultations_consultationrequest_plumbing"),
    }
    return subject, settings.CLINIC_ALERT_EMAIL, render_to_string(f"consultations/mail/{mail.kind}.txt", words)


def _owe(kind: OutboxMail.Kind, incident: Incident, now: datetime) -> None:
    OutboxMail.objects.create(kind=kind, incident=incident, due_at=now, created_at=now, message_id=new_message_id())
