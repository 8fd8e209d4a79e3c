"""The pages of `docs/` that say what the code says: the data map, the problems, the roles, the hardware hash."""

from collections.abc import Mapping

from django.utils import translation

from activation import hardware, hash_statistics
from activation import problems as activation
from intake import error_details
from privacy import datamap
from regsvc import problems, roles
from web.problems import Problem

HARDWARE_HASH = """\
# Hardware hash, version 1

{bits} bits and four flags, as {digits} hexadecimal digits. Each component's digest is keyed by the product key and cut to a few
bits; 0 stands for a component that is not there. The same computer has unrelated hashes under two keys, and the store, which
holds no key, cannot be searched for a serial number. No value of a component leaves the computer.

| component | names | bits | weight | weight if it docks |
| --- | --- | --- | --- | --- |
{parts}

It is the same computer if components of at least {rule.least} of {votes} votes match ({rule.dock_least} of {dock_votes} if it
docks), and {rule.units} that name one unit among them. What is absent both times has no vote, and the bar is lowered in
proportion.

## How often it errs

Worked out exactly by `python3 manage.py hardware_report` from a model: unit ids are uniform; {models} are as popular as
Zipf's law says. The popularity is an assumption: put your own figures into `activation/hash_statistics.py`.

{table}

*Strangers*, *same model*, *cloned image*: the chance that such a computer passes for the one that is bound. 6/3 is what is
used. *Also fits* is the crowd in which a stored hash hides: so many of a million other computers would pass for it.
"""
SETTINGS = {"without_opt_in": "`REGSVC_RETAIN_WITHOUT_OPT_IN`", "inactive": "`REGSVC_RETAIN_INACTIVE`"}
MADE = "<!-- Made from the code by `python3 manage.py check --write-pages`. -->\n"


def data_map() -> str:
    """Every personal value that is kept: where, what for, on which basis, how long, and who may read it."""
    lines = [
        f"{MADE}",
        "# Data map",
        "",
        "Every column is declared personal or not; `manage.py check` fails while one is not. These are the personal ones.",
        "Values of `Registration`, `ConsentRecord` and `Confirmation` are sealed; the keystore holds keyed MACs only, never an",
        "address. “You” is the person who registered: `/privacy` says the same in the same words.",
        "",
        "| table | column | value | purpose | legal basis | kept | may be read by |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for model, column, value, personal in datamap.entries():
        readers = ", ".join(personal.reveal) or "nobody"
        kept = personal.keep % SETTINGS
        lines.append(f"| {model} | {column} | {value} | {personal.purpose} | {personal.basis} | {kept} | {readers} |")
    return "\n".join(lines) + "\n"


def problem_list() -> str:
    """Every problem that the APIs can answer."""
    with translation.override("en"):
        codes = [f"| `{code}` | {text} |" for code, text in error_details.GENERAL.items()]
        registration, other = _problems(problems.PROBLEMS), _problems(activation.PROBLEMS)
    head = [
        f"{MADE}",
        "# Problems",
        "",
        "Errors are `application/problem+json` (RFC 9457), in the caller's language.",
        "`type` is `/problems/<slug>`, a page on the host that answered.",
        "",
        "## Registration",
    ]
    tail = ["", "`invalid-fields` lists each wrong field by JSON pointer with one of these codes. No value is ever repeated.", ""]
    body = [*registration, *tail, "| code | meaning |", "| --- | --- |", *codes, "", "## Activation", *other]
    return "\n".join([*head, *body]) + "\n"


def _problems(table: Mapping[str, Problem]) -> list[str]:
    rows = [f"| `{slug}` | {each.status} | {each.title} | {each.detail} |" for slug, each in table.items()]
    return ["", "| slug | status | title | detail |", "| --- | --- | --- | --- |", *rows]


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


def hardware_hash() -> str:
    """What the hardware hash tells apart, and how often it errs."""
    rule = hardware.MATCHING["m1"]
    parts = [
        f"| {part.name} | {'one unit' if part.unit else 'a model'} | {part.bits} | {weight} | {docked} |"
        for part, weight, docked in zip(hardware.COMPONENTS, rule.weights, rule.dock_weights, strict=True)
    ]
    return f"{MADE}\n" + HARDWARE_HASH.format(
        bits=hardware.BITS,
        digits=hardware.DIGITS,
        parts="\n".join(parts),
        rule=rule,
        votes=sum(rule.weights),
        dock_votes=sum(rule.dock_weights),
        models=", ".join(f"{count} {name} models" for name, count in hash_statistics.MODELS.items()),
        table="\n".join(hash_statistics.table()),
    )
