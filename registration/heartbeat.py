"""When the sweep and the mail run last ended, so that somebody notices when they no longer do.

A row tells nothing about a person: the clock rings whether or not there is anything to do, and each run overwrites it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connections

from registration.models import Heartbeat

SWEEP, MAIL = "sweep", "send_service_mail"
PERIODS = 3
SLACK = timedelta(minutes=1)  # a run may take a while where the period is a second

BEAT = """
    INSERT INTO registration_heartbeat (task, ended_at, stuck) VALUES (%s, %s, %s)
    ON CONFLICT (task) DO UPDATE SET ended_at = excluded.ended_at, stuck = excluded.stuck
"""


def beat(task: str, *, at: datetime, stuck: int = 0) -> None:
    """Note that a run ended at *at*, and how many letters a mistake of ours holds up."""
    with connections["default"].cursor() as cursor:
        cursor.execute(BEAT, [task, at, stuck])


def stalled(*, periods: Mapping[str, float], at: datetime) -> list[str]:
    """The tasks, by name, of which no run ended within three periods; *periods* gives each task's in seconds."""
    beats = Heartbeat.objects.filter(task__in=periods).order_by("-task").values_list("task", "ended_at")
    return [task for task, ended in beats if at - ended > timedelta(seconds=periods[task]) * PERIODS + SLACK]


def stuck() -> int:
    """How many letters waited at the end of the last sweep because of a mistake of ours."""
    found = Heartbeat.objects.filter(task=SWEEP).values_list("stuck", flat=True).first()
    return found or 0
