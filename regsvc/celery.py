"""Celery: the doorbell. Rows are the truth, so losing the broker loses nothing."""

import os
from datetime import timedelta
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_process_init, worker_ready
from django.conf import settings
from kombu import Exchange, Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "regsvc.settings")

QUEUES = ("registrar", "service", "mail")
app = Celery("regsvc")
app.conf.update(
    broker_url=settings.BROKER_URL,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "global_keyprefix": "regsvc:",
        "socket_keepalive": True,
        "socket_connect_timeout": 5,
        "socket_timeout": 10,
        "health_check_interval": 30,
    },
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    # Nothing is acknowledged: rows are the truth, and with late acknowledgement one that failed left the worker deaf for good.
    task_queues=[Queue(name, Exchange(name), routing_key=name, no_ack=True) for name in QUEUES],
    task_default_queue="registrar",
    task_routes={"registration.tasks.send_service_mail": {"queue": "service"}, "registration.tasks.*": {"queue": "registrar"}},
    task_create_missing_queues=False,
    task_acks_late=False,
    task_soft_time_limit=540,
    task_time_limit=600,
    worker_prefetch_multiplier=1,
    worker_soft_shutdown_timeout=20,
    worker_enable_soft_shutdown_on_idle=True,
    worker_max_tasks_per_child=500,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    timezone="UTC",
    beat_schedule={
        "sweep letters": {
            "task": "registration.tasks.sweep",
            "schedule": timedelta(seconds=settings.BATCH_WAIT),
            "options": {"queue": "registrar", "expires": settings.BATCH_WAIT},
        },
        "send service mail": {
            "task": "registration.tasks.send_service_mail",
            "schedule": timedelta(seconds=min(settings.BATCH_WAIT, 60)),
            "options": {"queue": "service", "expires": 60},
        },
        "tidy": {
            "task": "registration.tasks.tidy",
            "schedule": crontab(hour="2-4", minute="20"),  # one that was lost, or met a sweep, is made up for
            "options": {"queue": "registrar", "expires": 3600},
        },
    },
)
app.autodiscover_tasks(["registration"])


@worker_ready.connect
def _watch(sender: Any, **_: object) -> None:
    from regsvc import watchdog

    watchdog.start(queues=sorted(sender.app.amqp.queues.consume_from))  # again after each connection: the first one stays


@worker_process_init.connect
def _settle(**_: object) -> None:
    from regsvc import startup

    startup.settle()
