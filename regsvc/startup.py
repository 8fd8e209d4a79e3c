"""What a service process does before it serves: it checks that it has exactly the keys of its role, and settles."""

import gc

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from privacy import keyring
from regsvc import logs


def check() -> None:
    """Stop the start where the key directory does not fit the role. The owner's roles serve nobody and may see all.

    A purpose's key that is unsafe stops nothing: what needs it waits. It is told here, once.

    Raises:
        ImproperlyConfigured: It holds a key outside the role's row, or lacks one of it. Names only, no values.
    """
    if settings.ROLE.owner:
        return
    ring = keyring.ring()
    missing = [name for name in settings.ROLE_KEYS if name != keyring.MARKETING and not ring.has(name)]
    faults = [f"{name}: the role {settings.ROLE_NAME} must not have this key" for name in keyring.strangers()]
    faults += [f"{name}: this key is missing" for name in missing]
    if faults:
        raise ImproperlyConfigured("\n".join(["REGSVC_KEYS does not match the role:", *(f"  {fault}" for fault in faults)]))
    for purpose in keyring.unusable():
        logs.log.error("key cannot be used", purpose=purpose)


def settle() -> None:
    """Leave what is loaded to the end of the process: the garbage collector need not walk through it again and again."""
    gc.collect()
    gc.freeze()
