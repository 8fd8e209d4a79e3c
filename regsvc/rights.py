"""Database logins and rights, made from the table of roles. What a role's row does not name is taken away."""

from collections.abc import Iterator, Mapping

from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from regsvc import roles, server_rights

WORKERS = tuple(name for name, role in roles.ROLES.items() if not role.owner)


def apply(alias: str) -> int:
    """Make the logins of one database (without a password) and give each exactly its rights. Run as the owner, after migrations.

    Returns:
        How many statements were run.
    """
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        tables = _tables(cursor)
        statements = [*_for_everybody(alias), *(sql for name in WORKERS for sql in _statements(name, alias, tables))]
        for name in WORKERS:
            _login(cursor, roles.login(name))
        for sql in statements:
            cursor.execute(sql)
    return len(statements)


def still_open(alias: str) -> list[str]:
    """The functions and databases that this server still opens to every login. Only its superuser can close them."""
    with connections[alias].cursor() as cursor:
        cursor.execute(server_rights.OPEN)
        return sorted({name for (name,) in cursor.fetchall()})


def _tables(cursor: CursorWrapper) -> set[str]:
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {name for (name,) in cursor.fetchall()}


def _login(cursor: CursorWrapper, login: str) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [login])
    if not cursor.fetchone():
        cursor.execute(f'CREATE ROLE "{login}" NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE')


def _for_everybody(alias: str) -> Iterator[str]:
    """PostgreSQL opens each database and each new function to everybody."""
    yield f"REVOKE ALL ON DATABASE {_database(alias)} FROM PUBLIC"
    yield "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC"


def _database(alias: str) -> str:
    return f'"{connections[alias].settings_dict["NAME"]}"'


def _statements(name: str, alias: str, tables: set[str]) -> Iterator[str]:
    """Everything away, then the row's rights. A table that the row names must exist."""
    role, login = roles.ROLES[name], f'"{roles.login(name)}"'
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {login}"
    yield f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM {login}"
    yield f"REVOKE ALL ON SCHEMA public FROM {login}"
    database = _database(alias)
    yield f"REVOKE ALL ON DATABASE {database} FROM {login}"
    yield f"ALTER ROLE {login} IN DATABASE {database} RESET ALL"
    if alias not in role.rights:
        return
    yield f"GRANT CONNECT ON DATABASE {database} TO {login}"
    yield f"GRANT USAGE ON SCHEMA public TO {login}"
    yield from _grants(role.rights[alias], login, tables)
    for setting, value in role.timeouts.items():
        yield f"ALTER ROLE {login} IN DATABASE {database} SET {setting} = '{value}'"
    for function in role.functions.get(alias, ()):
        yield f"GRANT EXECUTE ON FUNCTION {function} TO {login}"


def _grants(rights: Mapping[str, str], login: str, tables: set[str]) -> Iterator[str]:
    for table, verbs in rights.items():
        if table not in tables:
            raise LookupError(f"the table of roles names {table}, which does not exist")
        yield f'GRANT {verbs} ON "{table}" TO {login}'
