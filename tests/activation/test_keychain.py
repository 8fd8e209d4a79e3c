"""Stored keys are keyed MACs; their confirmation secrets open only for the key that they were sealed for."""

import base64
import os

import pytest
from django.conf import settings

from activation import ceremony, keychain, product_keys
from activation.certificates import EPOCH
from activation.keychain import ConfirmationBroken
from privacy import keyring
from privacy.keyring import FileProvider, Ring


@pytest.fixture
def own_ring(tmp_path, monkeypatch):
    provider = FileProvider(tmp_path)
    for name in ("pepper", "certificate", "confirmation"):
        provider.create(name, "1", os.urandom(32))
    made = Ring(provider, ("pepper", "certificate", "confirmation", "keyset"))
    monkeypatch.setattr(keyring, "ring", lambda: made)
    return provider


def test_a_mac_depends_on_key_and_pepper(own_ring):
    one, other = product_keys.draw(batch=1), product_keys.draw(batch=1)

    assert keychain.mac(one) == keychain.mac(one)
    assert keychain.mac(one) != keychain.mac(other)
    assert len(keychain.mac(one).value) == 32
    assert one.canonical not in keychain.mac(one).value


def test_after_a_new_pepper_the_old_mac_is_still_known(own_ring):
    key = product_keys.draw(batch=1)
    before = keychain.mac(key)
    own_ring.create("pepper", "2", os.urandom(32))

    assert keychain.macs(key) == [before]
    assert keychain.new_pepper([before])
    assert keychain.new_pepper([before])  # another thread has looked meanwhile
    assert not keychain.new_pepper(keychain.macs(key))
    assert [mac.epoch for mac in keychain.macs(key)] == ["1", "2"]
    assert keychain.macs(key)[0] == before


def test_without_a_pepper_no_key_is_called_unknown(own_ring, tmp_path):
    (tmp_path / "pepper@1").unlink()

    with pytest.raises(keyring.KeyMissing):
        keychain.macs(product_keys.draw(batch=1))


def test_a_confirmation_secret_opens_only_for_its_locator(own_ring):
    sealed = keychain.seal_confirmation(b"secret-of-the-key", locator=b"locat1")

    assert keychain.open_confirmation(sealed, locator=b"locat1") == b"secret-of-the-key"
    assert b"secret" not in sealed.box
    with pytest.raises(ConfirmationBroken):
        keychain.open_confirmation(sealed, locator=b"locat2")
    with pytest.raises(ConfirmationBroken):
        keychain.open_confirmation(sealed._replace(box=sealed.box[:-1]), locator=b"locat1")


def test_only_a_key_that_the_roots_named_signs(own_ring, tmp_path):
    with pytest.raises(keyring.KeyMissing):
        keychain.signer()
    offline = FileProvider(tmp_path / "roots")
    ceremony.begin(ring=own_ring, offline=offline, today=EPOCH)
    own_ring.create("certificate", "2", os.urandom(32))

    assert keychain.signer().kid == "certificate@1"
    ceremony.begin(ring=own_ring, offline=offline, today=EPOCH)
    assert keyring.ring().look_again("certificate")
    assert keyring.ring().look_again("keyset")
    assert keychain.signer().kid == "certificate@2"


def test_this_process_has_its_keys():
    assert {"pepper", "certificate", "confirmation"} <= set(settings.ROLE_KEYS)
    assert keychain.signer().kid == "certificate@1"
    assert base64.b64encode(keychain.mark("attempt", b"x")) == base64.b64encode(keychain.mark("attempt", b"x"))
    assert keychain.mark("attempt", b"x") != keychain.mark("pressure", b"x")
