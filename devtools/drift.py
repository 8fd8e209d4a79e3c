"""Whether a model changed without a migration. Django's `makemigrations --check` would ask every database; this asks none."""

import sys

import django


def differences() -> list[str]:
    """One line an app: changes without a migration, or two migrations that both want to be the last."""
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState

    loader = MigrationLoader(None)
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
    changes = detector.changes(graph=loader.graph)
    missing = [
        f"{app}: {operation.describe()}" for app, found in changes.items() for one in found for operation in one.operations
    ]
    return [*missing, *(f"{app}: two last migrations: {', '.join(names)}" for app, names in loader.detect_conflicts().items())]


if __name__ == "__main__":
    django.setup()
    found = differences()
    print(*found, sep="\n")
    sys.exit(1 if found else 0)
