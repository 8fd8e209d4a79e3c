"""`manage.py demo`: everything from nothing, with sample data, until Ctrl-C."""


def main(argv: list[str]) -> int:
    """Run the demo; 0 after Ctrl-C or SIGTERM, 1 where it could not run, 2 for wrong usage."""
    from devtools.demo import cli

    return cli.main(argv)
