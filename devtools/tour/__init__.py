"""`manage.py tour`: one person's whole life, step by step, with what can be seen at each."""


def main(argv: list[str]) -> int:
    """Walk through it; 0 only if every check held, 1 if one did not or the tour could not run, 2 for wrong usage."""
    from devtools.tour import cli

    return cli.main(argv)
