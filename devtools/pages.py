"""Pages of `docs/` that are made from the code. `check` fails when one is not current; `--write` makes them anew."""

import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = {  # the file, and `module:function`; the function takes nothing and returns the file's text
    "docs/data-map.md": "devtools.documents:data_map",
    "docs/hardware-hash.md": "devtools.documents:hardware_hash",
    "docs/problems.md": "devtools.documents:problem_list",
    "docs/roles.md": "devtools.documents:role_list",
}


def stale() -> dict[str, str]:
    """The files that differ from what the code says, with the text that they should have."""
    current = {path: _made(source) for path, source in PAGES.items()}
    return {path: text for path, text in current.items() if _written(path) != text}


def _made(source: str) -> str:
    module, _, function = source.partition(":")
    return str(getattr(import_module(module), function)())


def _written(path: str) -> str | None:
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.exists() else None


def main(argv: list[str]) -> int:
    """Name the files that are not current, or write them."""
    import django

    django.setup()
    found = stale()
    if argv == ["--write"]:
        for path, text in found.items():
            (ROOT / path).write_text(text, encoding="utf-8")
        return 0
    for path in found:
        print(f"{path} is out of date. Run python3 manage.py check --write-pages")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
