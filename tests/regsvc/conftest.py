"""The real logins of the roles."""

from tests.logins import entered, in_turn, logins

__all__ = ("entered", "in_turn", "logins")
