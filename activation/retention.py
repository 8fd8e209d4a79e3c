"""What activation forgets, and when. The nightly rewrite calls it."""

from datetime import date, timedelta

from activation import binding, cases, pressure

ENDED = timedelta(days=365)  # the holder's releases are counted for a year
ANSWERED = timedelta(days=365)  # by then a wrong approval has come to light


def forget(*, today: date) -> None:
    """Forget what was kept for its time."""
    binding.forget_attempts(before=today)
    binding.forget_ended(before=today - ENDED)
    pressure.forget(before=today)
    cases.forget_who_answered(before=today - ANSWERED)
