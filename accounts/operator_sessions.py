"""The session engine of the operators' site: Django's own, with a table that no other login reaches."""

from django.contrib.sessions.backends import db

from accounts.models import OperatorSession


class SessionStore(db.SessionStore):
    """Keeps sessions in `OperatorSession`."""

    @classmethod
    def get_model_class(cls) -> type[OperatorSession]:
        return OperatorSession
