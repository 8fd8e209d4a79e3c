"""Recording withdrawals with every registration that they reached, so that no restore of the keystore is taken for consent."""

from collections.abc import Sequence
from datetime import datetime

from keystore import holding, withdrawals
from keystore.withdrawals import Ended
from registration import amending, consents
from registration.models import Consent
from registration.writing import Batch

LINK, REGISTRATION = "mailbox", "registration"  # the channels: a link in a mail, another registration of the mailbox


def record(ended: Sequence[Ended], *, batch: Batch, at: datetime) -> None:
    """Add the records of what was lowered and has none yet, unless it was chosen again since.

    When *batch* is written durably, `keystore.withdrawals.recorded` forgets it.
    """
    gone = withdrawals.still_ended(ended)
    opened = holding.open_custody({registration for registration, _ in gone})
    for registration, held in opened.items():
        history = amending.history(held)
        mine = [each for each in ended if each.registration == registration and (registration, each.purpose) in gone]
        new = [each for each in mine if each.purpose in history.open_choices()]
        for count, each in enumerate(new, history.count + 1):
            channel = LINK if each.by_link else REGISTRATION
            consent = Consent(count=count, decision=consents.WITHDRAWN, day=at.date(), channel=channel, purpose=each.purpose)
            batch.decide(held, consent)
