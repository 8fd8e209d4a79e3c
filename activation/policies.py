"""Policies: what a batch of keys allows. They are versioned: a certificate names the one it was made under, and none changes.

A new rule is a new name. Batches move to it by data, and old certificates keep what they say.
"""

from dataclasses import dataclass

from activation.hardware import MATCHING, Matching

RETAIL, MULTI, VOLUME, MANUFACTURER = "retail", "multi", "volume", "manufacturer"
CHANNELS = (RETAIL, MULTI, VOLUME, MANUFACTURER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of one kind of key.

    Args:
        name: Stands in the certificate.
        channel: The way of selling that it is made for.
        matching: What counts as the same computer.
        transfer_days: A slot bound so long ago moves to another computer on request; None: only the operator moves it.
        releases_a_year: How often the key's holder may free a slot.
        grace_days: How long a new installation works before it is activated.
        changed_days: How long it works after its hardware changed too much.
        lease_days: How long a confirmation by telephone lasts.
        flag_at: Refused computers in seven days from which the operator sees the key.
        suspect_at: The same, from which the key activates by telephone only.
    """

    name: str
    channel: str
    matching: Matching = MATCHING["m1"]
    transfer_days: int | None = 120
    releases_a_year: int = 2
    grace_days: int = 30
    changed_days: int = 3
    lease_days: int = 180
    flag_at: int = 3
    suspect_at: int = 10


POLICIES = {
    policy.name: policy
    for policy in (
        Policy(name="retail-1", channel=RETAIL),
        Policy(name="retail-fixed-1", channel=RETAIL, transfer_days=None),
        Policy(name="multi-1", channel=MULTI, releases_a_year=10),
        Policy(name="volume-1", channel=VOLUME, transfer_days=None, releases_a_year=0),
        Policy(name="manufacturer-1", channel=MANUFACTURER, transfer_days=None, releases_a_year=0),
    )
}
