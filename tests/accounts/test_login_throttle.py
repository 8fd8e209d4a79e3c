"""The guessing of passwords is slowed down, for names that exist and for names that do not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from accounts import login_throttle
from accounts.models import WrongTry
from tests.accounts.conftest import NOON


def wrong(times, *, username="ann", at=NOON):
    for _ in range(times):
        login_throttle.count(username=username, at=at)


@pytest.mark.parametrize(("count", "seconds"), [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (9, 480), (10, 900), (500, 900)])
def test_the_wait_doubles_up_to_a_quarter_of_an_hour(count, seconds):
    assert login_throttle.pause(count) == timedelta(seconds=seconds)


@pytest.mark.django_db
def test_after_five_wrong_tries_a_name_must_wait():
    wrong(5)

    with pytest.raises(login_throttle.TooManyTries) as refused:
        wrong(1, at=NOON + timedelta(seconds=10))

    assert refused.value.wait == timedelta(seconds=20)
    wrong(1, at=NOON + timedelta(seconds=30))
    wrong(1, username="bob")


@pytest.mark.django_db
def test_a_refused_try_does_not_prolong_the_wait():
    wrong(5)
    for second in range(29):
        with pytest.raises(login_throttle.TooManyTries):
            wrong(1, at=NOON + timedelta(seconds=second))

    wrong(1, at=NOON + timedelta(seconds=30))


@pytest.mark.django_db
def test_the_right_password_starts_anew():
    wrong(4)
    login_throttle.forget(username="ann")
    wrong(5)


@pytest.mark.django_db
def test_a_day_later_nothing_is_kept():
    wrong(5, username="bob")
    wrong(1, at=NOON + timedelta(days=1, seconds=1))

    assert WrongTry.objects.count() == 1


@pytest.mark.django_db
def test_what_was_typed_as_a_name_is_not_kept():
    wrong(1, username="hunter2-typed-in-the-wrong-field")

    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_wrongtry::text, encode(name, 'escape') FROM accounts_wrongtry")
        (row,) = cursor.fetchall()
    assert "hunter2" not in "".join(row)


@pytest.mark.django_db(transaction=True)
def test_tries_sent_all_at_once_are_not_free():
    def attempt(_):
        try:
            login_throttle.count(username="ann", at=NOON)
        except login_throttle.TooManyTries:
            return 0
        finally:
            connection.close()
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(24))) == login_throttle.FREE
