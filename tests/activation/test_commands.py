"""Keys are shown once, in a file that only its owner reads; agreements have a reference and no name."""

from datetime import timedelta
from io import StringIO
from unittest.mock import Mock

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from activation import agreements, keychain, product_keys
from activation.models import Agreement, Batch, KeySlot, ProductKey


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_keys_are_written_once_and_can_be_activated(counter, tmp_path):
    file = tmp_path / "keys"
    words = ("issue_keys", "--batch=7", "--count=3", f"--out={file}", "--product=srv-std", "--channel=multi", "--slots=2")
    words += ("--new-product",)

    assert run(*words) == "3 of 3 keys\n"
    keys = [product_keys.read(line) for line in file.read_text().splitlines()]
    assert file.stat().st_mode & 0o777 == 0o600
    assert (ProductKey.objects.count(), KeySlot.objects.count()) == (3, 6)
    assert [counter.outcome(key) for key in keys] == ["new"] * 3
    with pytest.raises(CommandError, match="File exists"):
        run(*words)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--channel=volume"], "do not go together"),
        (["--policy=multi-1"], "do not go together"),
        (["--count=0"], "--count: enter a whole number from 1 to 10000000"),
        (["--count=many"], "--count: enter a whole number"),
        (["--batch=32768"], "--batch: enter a whole number from 0 to 32767"),
        (["--product=desk-pro"], "different settings"),
        (["--batch=9", "--product=Server Standard"], "--product must be"),
        (["--batch=9", "--edition=" + "x" * 41], "--edition at most"),
        (["--slots=0"], "--slots must be a whole number from 1 to 32767"),
        (["--slots=40000"], "--slots: enter a whole number from 0 to 32767"),
        (["--batch=9", "--product=srv-sdt"], "Did you mean srv-std"),
        (["--batch=9", "--product=nope"], "this product has no keys yet. If it is new, add --new-product"),
    ],
)
def test_what_does_not_fit_makes_nothing(counter, tmp_path, more, why):
    counter.key()
    with pytest.raises(CommandError, match=why):
        run("issue_keys", "--batch=42", "--count=1", f"--out={tmp_path / 'keys'}", "--product=srv-std", *more)
    assert ProductKey.objects.count() == 1
    assert not (tmp_path / "keys").exists()


def test_where_no_key_could_be_stored_no_file_stays(counter, tmp_path, monkeypatch):
    monkeypatch.setattr(keychain, "mac", Mock(side_effect=keychain.KeyMissing("pepper")))

    with pytest.raises(keychain.KeyMissing):
        run("issue_keys", "--batch=42", "--count=1", f"--out={tmp_path / 'keys'}", "--product=srv-std", "--new-product")
    assert not (tmp_path / "keys").exists()


def test_of_a_known_batch_nothing_has_to_be_said_again(counter, tmp_path):
    counter.key("multi")

    assert run("issue_keys", "--batch=44", "--count=2", f"--out={tmp_path / 'keys'}") == "2 of 2 keys\n"
    with pytest.raises(CommandError, match="so add --product"):
        run("issue_keys", "--batch=999", "--count=2", f"--out={tmp_path / 'more'}")
    assert not (tmp_path / "more").exists()


def test_an_agreement_that_does_not_run_is_good_for_no_keys(counter, tmp_path):
    today = timezone.now().date()
    made = agreements.sign(programme="select", seats=1, begins=today - timedelta(days=9), ends=today - timedelta(days=1))
    words = ("issue_keys", "--batch=8", "--count=1", f"--out={tmp_path / 'keys'}", "--product=srv-std", "--channel=volume")
    words += ("--new-product",)

    for reference in (made.reference, "R7K4-2MQX-9"):
        with pytest.raises(CommandError, match="not valid today"):
            run(*words, f"--agreement={reference}")
    assert (Batch.objects.count(), (tmp_path / "keys").exists()) == (0, False)
    last = (today + timedelta(days=3)).isoformat()
    assert run(*words, f"--agreement={run('agreements', 'sign', '--programme=select', '--seats=1', f'--ends={last}').strip()}")


def test_an_agreement_is_entered_listed_and_good_for_volume_keys(counter, tmp_path):
    reference = run("agreements", "sign", "--programme=open", "--seats=5").strip()
    words = ("issue_keys", "--batch=8", "--count=1", f"--out={tmp_path / 'keys'}", "--product=srv-std", "--slots=0")
    words += ("--new-product",)
    run(*words, "--channel=volume", f"--agreement={reference}")

    assert run("agreements", "list").startswith(f"{reference} open 5 seats")
    with pytest.raises(CommandError, match="--seats must be at least 5"):
        run("agreements", "sign", "--programme=open", "--seats=4")
    assert Agreement.objects.count() == 1
