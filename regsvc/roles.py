"""The one table of processes. Database logins, rights, keys and URLs are made from it and from nothing else.

A right reads `table: verbs`; a verb may name its columns: `SELECT(digest, status)`. Functions stand under `functions`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

Rights = dict[str, str]
Timeouts = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What one kind of process may do.

    Args:
        urls: The URLconf that it serves, or None for a worker.
        queues: The Celery queues that it consumes.
        keys: Names in the key ring; `*/` stands for every marketing purpose.
        rights: Database alias to rights. An alias that is absent is a database that the process cannot reach.
        functions: Database alias to the functions that it may call.
        broker: Whether it knows the broker at all.
    """

    urls: str | None = None
    queues: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    rights: Mapping[str, Rights] = field(default_factory=dict)
    functions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    broker: bool = False
    owner: bool = False

    @property
    def databases(self) -> tuple[str, ...]:
        return tuple(self.rights)

    @property
    def timeouts(self) -> Timeouts:
        """After how long PostgreSQL ends what a session of this role does. The owner's migrations take as long as they take."""
        if self.owner:
            return {}
        return WEB_TIMEOUTS if self.urls else WORKER_TIMEOUTS


WEB_TIMEOUTS: Timeouts = {
    "statement_timeout": "15s",
    "idle_in_transaction_session_timeout": "15s",
    "lock_timeout": "5s",
}
WORKER_TIMEOUTS: Timeouts = {
    "statement_timeout": "5min",
    "idle_in_transaction_session_timeout": "5min",
    "lock_timeout": "1min",
}
ALIASES = ("default", "keystore", "activation")
MARKETING = "*/"  # every purpose <topic>/<sender>

CATALOGUE: Rights = {
    "catalogue_product": "SELECT",
    "catalogue_manufacturer": "SELECT",
    "catalogue_notice": "SELECT",
    "catalogue_wording": "SELECT",
}
POSTING: Rights = {
    "intake_letter": "INSERT, SELECT(digest, idempotency, body, origin, epoch, status, reason, statement)",
}
# Updates name their columns wherever another login uses the table too: who may update a whole table may lock it.
STAFF: Rights = {
    "accounts_staff": "SELECT, INSERT, UPDATE(password, last_login, name, roles, manufacturer, is_active)",
    "accounts_rolerequest": "SELECT, INSERT, DELETE",
    "accounts_wrongtry": "SELECT, INSERT, UPDATE, DELETE",
    "django_session": "SELECT, INSERT, UPDATE, DELETE",
    "django_content_type": "SELECT",
}
OPERATORS: Rights = {
    "accounts_staff": "SELECT, UPDATE(password, last_login)",
    "accounts_operatorwrongtry": "SELECT, INSERT, UPDATE, DELETE",
    "accounts_operatorsession": "SELECT, INSERT, UPDATE, DELETE",
}
HEARTBEAT: Rights = {"registration_heartbeat": "SELECT"}
BEATING: Rights = {"registration_heartbeat": "SELECT, INSERT, UPDATE(ended_at, stuck)"}
AUDIT: Rights = {"privacy_auditentry": "SELECT, INSERT"}
BINDING: Rights = {
    "activation_batch": "SELECT",
    "activation_productkey": "SELECT(id, epoch, mac, locator, batch_id, state), UPDATE(epoch, mac, state)",
    "activation_keyslot": "SELECT",
    "activation_binding": "SELECT, INSERT, UPDATE(hardware, released_on, ended, attempt)",
    "activation_keypressure": "SELECT, INSERT, UPDATE(sketch)",
    "activation_daytally": "SELECT, INSERT, UPDATE(count)",
}
ISSUING: Rights = {
    "activation_agreement": "SELECT, INSERT",
    "activation_batch": "SELECT, INSERT",
    "activation_productkey": "SELECT, INSERT, UPDATE(epoch, mac, state)",
    "activation_keyslot": "SELECT, INSERT",
}
CALLS: Rights = {"activation_phonecase": "SELECT, INSERT, UPDATE(product, outcome, answered_by)"}

ROLES: dict[str, Role] = {
    "public": Role(
        urls="regsvc.urls.public",
        keys=("intake.public", "receipts", "acknowledge", "statements.public"),
        rights={"default": CATALOGUE | POSTING | HEARTBEAT, "keystore": {}},
        functions={
            "default": ("registration_of(uuid)", "consents_of(uuid)", "looks_of(uuid)"),
            "keystore": ("open_receipt(bytea)", "open_confirmation(bytea)", "lower(bytea, text)", "erase(bytea)"),
        },
    ),
    "activation": Role(
        urls="regsvc.urls.activation",
        keys=("pepper", "certificate", "keyset", "root"),
        rights={"activation": BINDING},
    ),
    "operator": Role(
        urls="regsvc.urls.operator",
        keys=("pepper", "confirmation"),
        rights={"default": OPERATORS, "activation": BINDING | ISSUING | CALLS},
    ),
    "console": Role(
        urls="regsvc.urls.console",
        keys=("support", "index", "intake.public", MARKETING),
        rights={
            "default": CATALOGUE
            | POSTING
            | STAFF
            | AUDIT
            | HEARTBEAT
            | {
                "catalogue_product": "SELECT, INSERT, UPDATE(name, active)",
                "catalogue_manufacturer": "SELECT, INSERT, UPDATE(name)",
                "catalogue_notice": "SELECT, INSERT, UPDATE, DELETE",
                "catalogue_wording": "SELECT, INSERT, UPDATE, DELETE",
                "registration_registration": "SELECT",
                "registration_consentrecord": "SELECT",
            },
            "keystore": {
                "keystore_grant": "SELECT",
                "keystore_emailindex": "SELECT",
                "keystore_suppression": "SELECT",
            },
        },
        functions={
            "default": ("lock_audit()", "lock_publishing()"),
            "keystore": ("lower(bytea, text)", "erase(bytea)"),
        },
    ),
    "registrar": Role(
        queues=("registrar",),
        keys=("intake", "intake.public", "index", "support", "custody", "service", "statements", MARKETING),
        rights={
            "default": CATALOGUE
            | BEATING
            | {
                "intake_letter": "SELECT, INSERT, UPDATE, DELETE",
                "registration_registration": "SELECT, INSERT, UPDATE, DELETE",
                "registration_consentrecord": "SELECT, INSERT, DELETE",
                "registration_confirmation": "SELECT, INSERT, UPDATE, DELETE",
            },
            "keystore": {
                "keystore_grant": "SELECT, INSERT, UPDATE, DELETE",
                "keystore_emailindex": "SELECT, INSERT, UPDATE, DELETE",
                "keystore_suppression": "SELECT, INSERT, DELETE",
                "keystore_token": "SELECT, INSERT, UPDATE, DELETE",
                "keystore_mailboxday": "SELECT, UPDATE(unanswered), DELETE",
                "keystore_lowered": "SELECT, DELETE",
            },
        },
        functions={
            "default": ("try_lock_sweep()",),
            "keystore": ("lower(bytea, text)", "erase(bytea)", "lock_address(bytea)"),
        },
        broker=True,
    ),
    "mailer": Role(
        queues=("mail", "service"),
        keys=("service", MARKETING),
        rights={
            "default": CATALOGUE
            | BEATING
            | {
                "registration_registration": "SELECT",
                "registration_confirmation": "SELECT, UPDATE(state, claim, next_try, attempts)",
            },
            "keystore": {
                "keystore_grant": "SELECT, UPDATE(registration_id)",
                "keystore_token": "SELECT, UPDATE(hash, kind)",
                "keystore_emailindex": "SELECT(registration_id, mac), UPDATE(registration_id)",
                "keystore_mailboxday": "SELECT, INSERT, UPDATE(count, unanswered)",
            },
        },
        functions={"default": ("try_lock_mail_run()", "unlock_mail_run()")},
        broker=True,
    ),
    "clock": Role(broker=True),
    "migrate": Role(rights={alias: {} for alias in ALIASES}, owner=True),
    "all": Role(
        urls="regsvc.urls.all",
        queues=("registrar", "mail", "service"),
        keys=(
            "intake",
            "intake.public",
            "receipts",
            "acknowledge",
            "index",
            "support",
            "custody",
            "service",
            "statements",
            "statements.public",
            "pepper",
            "certificate",
            "confirmation",
            "keyset",
            "root",
            MARKETING,
        ),
        rights={alias: {} for alias in ALIASES},
        broker=True,
        owner=True,
    ),
}


def login(role: str) -> str:
    """The database login of a role: the same name on each server that the role may reach."""
    return "regsvc_owner" if ROLES[role].owner else f"regsvc_{role}"
