"""The pages of `docs/` that say what the code says: the data map, the problems, the roles."""

from django.utils import translation

from privacy import datamap
from regsvc import problems, roles

MADE = "<!-- Made from the code by `python3 manage.py check --write-pages`. -->\n"


def data_map() -> str:
    """Every personal value that is kept: where, what for, on which basis, how long, and who may read it."""
    lines = [
        f"{MADE}",
        "# Data map",
        "",
        "Every column is declared personal or not; `manage.py check` fails while one is not. These are the personal ones.",
        "Values of `Registration`, `ConsentRecord` and `Confirmation` are sealed; the keystore holds keyed MACs only.",
        "",
        "| table | column | value | purpose | legal basis | kept | may be read by |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for model, column, value, personal in datamap.entries():
        readers = ", ".join(personal.reveal) or "nobody"
        lines.append(f"| {model} | {column} | {value} | {personal.purpose} | {personal.basis} | {personal.keep} | {readers} |")
    return "\n".join(lines) + "\n"


def problem_list() -> str:
    """Every problem that the API can answer."""
    with translation.override("en"):
        rows = [f"| `{slug}` | {each.status} | {each.title} | {each.detail} |" for slug, each in problems.PROBLEMS.items()]
        codes = [f"| `{code}` | {text} |" for code, text in problems.FAULTS.items()]
    head = [
        f"{MADE}",
        "# Problems",
        "",
        "Errors are `application/problem+json` (RFC 9457), in the caller's language. `type` is `/problems/<slug>`.",
    ]
    tail = ["", "`invalid-fields` lists each wrong field by JSON pointer with one of these codes. No value is ever repeated.", ""]
    table = ["", "| slug | status | title | detail |", "| --- | --- | --- | --- |", *rows]
    return "\n".join([*head, *table, *tail, "| code | meaning |", "| --- | --- |", *codes]) + "\n"


def role_list() -> str:
    """The table of roles as a page."""
    lines = [
        f"{MADE}",
        "# Roles",
        "",
        "One image, many processes: `REGSVC_ROLE` says which. Logins, rights and keys are made from `regsvc/roles.py`.",
        "",
        "| role | serves | queues | keys | databases | functions | broker |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, role in roles.ROLES.items():
        functions = ", ".join(f"`{each}`" for functions in role.functions.values() for each in functions)
        cells = (
            f"`{role.urls}`" if role.urls else "",
            ", ".join(role.queues),
            ", ".join(key.replace(roles.MARKETING, "every topic/sender") for key in role.keys),
            ", ".join(role.databases),
            functions,
            "yes" if role.broker else "",
        )
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
