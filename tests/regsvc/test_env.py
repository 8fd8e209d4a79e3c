"""The environment's reader: typed, complete in its complaints, and silent about values."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from regsvc import env
from regsvc.env import Reader

SECRET = "hunter2-canary"


def test_a_value_comes_from_the_variable_or_from_its_file(tmp_path):
    (tmp_path / "word").write_text("from a file\n")
    reader = Reader({"ONE": "1", "TWO_FILE": str(tmp_path / "word"), "EMPTY": ""})

    assert (reader.text("ONE"), reader.text("TWO"), reader.text("THREE", "3"), reader.text("EMPTY", "4")) == (
        "1",
        "from a file",
        "3",
        "",
    )
    assert reader.faults == []


def test_every_fault_is_named_at_once_and_no_value_is_repeated(tmp_path):
    (tmp_path / "raw").write_bytes(b"\xff\xfe" + SECRET.encode())
    reader = Reader(
        {
            "FLAG": SECRET,
            "NUMBER": SECRET,
            "SMALL": "0",
            "WORD": SECRET,
            "URL": f"https://{SECRET}",
            "BOTH": SECRET,
            "BOTH_FILE": str(tmp_path / "raw"),
            "GONE_FILE": str(tmp_path / SECRET),
        }
    )
    reader.text("ABSENT")
    assert reader.flag("FLAG") is False
    assert reader.number("NUMBER") == 0
    reader.number("SMALL", least=1)
    reader.choice("WORD", ("off", "loopback"))
    assert reader.parsed("URL", None, env.database, "postgresql://login:password@host:port/name") is None
    reader.text("BOTH")
    reader.text("GONE")

    with pytest.raises(ImproperlyConfigured) as stopped:
        reader.stop_on_faults()

    said = str(stopped.value)
    assert SECRET not in said
    assert said.splitlines() == [
        env.HEADING,
        "  ABSENT is not set",
        "  FLAG: use yes or no",
        "  NUMBER: use a whole number from 0",
        "  SMALL: use a whole number from 1",
        "  WORD: use one of off, loopback",
        "  URL: use postgresql://login:password@host:port/name",
        "  BOTH and BOTH_FILE are both set: remove one",
        "  BOTH_FILE cannot be read",
        "  GONE_FILE cannot be read",
    ]


def test_a_complete_environment_stops_nothing():
    Reader({}).stop_on_faults()


@pytest.mark.parametrize(("value", "flag"), [("yes", True), ("no", False), ("", False)])
def test_a_flag_is_yes_or_no(value, flag):
    reader = Reader({"FLAG": value})

    assert reader.flag("FLAG", "no") is flag
    assert reader.faults == []


def test_what_is_empty_is_not_parsed():
    reader = Reader({"NUMBER": ""})

    assert reader.number("NUMBER", "7") == 0
    assert reader.faults == []


def test_what_is_needed_may_not_be_empty():
    reader = Reader({"NEEDED": ""})

    assert reader.text("NEEDED") == ""
    assert reader.faults == ["NEEDED is empty"]


def test_a_misspelt_name_is_refused_and_the_nearest_known_one_is_told():
    reader = Reader(
        {"X_HOSTS": "a", "X_HOST": "b", "X_SECRT_KEY_FILE": "c", "X_MUCH_ELSE_ZZZ": "d", "Y_HOST": "e", "X_OTHER": "f"}
    )
    for name in ("X_HOSTS", "X_SECRET_KEY", "X_PROXIES"):
        reader.text(name, "")

    reader.refuse_unknown("X_", besides=["X_OTHER"])

    assert reader.faults == [
        "X_HOST is not a setting: did you mean X_HOSTS?",
        "X_MUCH_ELSE_ZZZ is not a setting",
        "X_SECRT_KEY_FILE is not a setting: did you mean X_SECRET_KEY?",
    ]


def test_words_are_separated_by_commas():
    assert Reader({"WORDS": " a, b ,,c"}).words("WORDS") == ["a", "b", "c"]


@pytest.mark.parametrize(("value", "seconds"), [("60", 60), ("60 s", 60), ("1s", 1), ("day", 86_400)])
def test_a_duration_is_seconds(value, seconds):
    assert env.duration(value) == seconds


@pytest.mark.parametrize(("value", "countries"), [("always", set()), ("none:US", {"US"}), ("none:US,CA", {"US", "CA"})])
def test_countries_without_mailbox_are_named(value, countries):
    assert env.confirmation(value) == countries


def test_a_database_url_is_taken_apart():
    assert env.database("postgresql://app:p%40ss@db.example.com:6432/reg%20svc") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "reg svc",
        "USER": "app",
        "PASSWORD": "p@ss",
        "HOST": "db.example.com",
        "PORT": 6432,
    }
    assert env.database("postgres://db.example.com/name")["PORT"] == 5432


@pytest.mark.parametrize(
    ("url", "port", "tls", "ssl"),
    [
        ("smtp://mail.example.com", 25, False, False),
        ("smtp+starttls://user:p%3Ass@mail.example.com:587", 587, True, False),
        ("smtps://mail.example.com", 465, False, True),
    ],
)
def test_a_mail_url_is_taken_apart(url, port, tls, ssl):
    found = env.smtp(url)

    assert (found["EMAIL_PORT"], found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (port, tls, ssl)
    assert found["EMAIL_HOST_PASSWORD"] in {"", "p:ss"}


@pytest.mark.parametrize(
    ("parse", "value"),
    [
        (env.database, "mysql://db.example.com/name"),
        (env.database, "postgresql://db.example.com"),
        (env.database, "postgresql:///name"),
        (env.database, "postgresql://db.example.com:port/name"),
        (env.database, "postgresql://db.example.com:99999/name"),
        (env.smtp, "http://mail.example.com"),
        (env.smtp, "smtp:"),
        (env.duration, "0"),
        (env.duration, "week"),
        (env.duration, "-5 s"),
        (env.confirmation, "none:"),
        (env.confirmation, "none:us"),
        (env.confirmation, "none:USA"),
        (env.confirmation, "none:US,XX"),
        (env.smtp, f"smtp://user:{SECRET}@mail.example.com"),
        (env.confirmation, "never"),
    ],
)
def test_what_is_not_understood_is_refused(parse, value):
    with pytest.raises(ValueError):  # noqa: PT011 (the reader takes any)
        parse(value)
