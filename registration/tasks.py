"""Tasks: the clock rings, one service is called. They carry nothing, and a lost one is made up for by the next."""

from typing import Any

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from intake.models import Letter
from registration import cleanup, errands, heartbeat, policy, registrar
from registration.mail_content import Sender

log = structlog.get_logger("regsvc.tasks")


@shared_task
def sweep(**_later: Any) -> None:
    """File what waits, batch by batch, until nothing does that can be filed."""
    swept = registrar.sweep_all(house=policy.rules(), at=timezone.now())
    heartbeat.beat(heartbeat.SWEEP, at=timezone.now(), stuck=swept.stuck)
    if swept.handled:
        log.info("swept", count=swept.handled)
    for outcome, count in swept.troubles.items():
        event = "letters set aside" if outcome.status == Letter.Status.ASIDE else "letters are stuck"
        log.error(event, code=outcome.reason, fault=outcome.fault, count=count)
    for purpose, count in sorted(swept.held.items()):
        log.error("letters wait for a key", purpose=purpose, count=count)


@shared_task(soft_time_limit=840, time_limit=880)  # a server may take ten minutes to answer a mail's end (RFC 5321, 4.5.3.2.6)
def send_service_mail(**_later: Any) -> None:
    """Send the service mail that is due."""
    sender = Sender(speaker=policy.speaker(), public_url=settings.PUBLIC_URL)
    sent = errands.send_some(sender=sender, at=timezone.now())
    heartbeat.beat(heartbeat.MAIL, at=timezone.now())
    if sent.sent:
        log.info("mails sent", count=sent.sent)


@shared_task
def tidy(**_later: Any) -> None:
    """The nightly tidying."""
    tidied = cleanup.tidy(at=timezone.now())
    log.info("tidied", count=sum(tidied))
