"""How each recurring job stands, and the times in which one was not well."""

from django.db import models
from django.db.models import Q


class Job(models.Model):
    """One job that recurs: how it ended last, since when it fails, when it is due again. One row each, for ever."""

    class Name(models.TextChoices):
        BACKUP = "backup", "Backup"
        DRILL = "drill", "Restore drill"
        TEST_REQUEST = "test_request", "Test request"
        MAIL_WORKER = "mail_worker", "Mail worker"
        RETENTION = "retention", "Deleting old requests"
        COUNT = "count", "Nightly count"
        DISK = "disk", "Disk space"

    name = models.CharField(max_length=20, primary_key=True, choices=Name)
    known_since = models.DateTimeField()
    """From when on its silence counts."""
    finished_at = models.DateTimeField(null=True)
    ok = models.BooleanField(null=True)
    detail = models.CharField(max_length=300, blank=True)
    """A sentence of ours: nothing that a person typed, nobody's name."""
    good_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    """How often in a row it failed, up to now."""
    failing_since = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    """Until then one machine has it in hand."""

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class Incident(models.Model):
    """A time in which a job failed or was silent: the desk hears of its beginning and of its end, once each."""

    class Kind(models.TextChoices):
        FAILED = "failed", "failed"
        SILENT = "silent", "was not heard of"

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="incidents")
    kind = models.CharField(max_length=6, choices=Kind)
    since = models.DateTimeField()
    detail = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("job",), condition=Q(ended_at__isnull=True), name="one_incident_at_a_time"),
        )

    def __str__(self) -> str:
        return f"{self.job_id} {self.kind}"
