"""The settings of each role in a file of its own, so that commands can be run beside the demo. They exist while it is ready."""

import shutil
from pathlib import Path

from devtools.demo.workspace import Stage, basic, write_private
from regsvc import envfile

OWNER = "migrate"


def place(stage: Stage, name: str) -> Path:
    """Where the settings of one role lie."""
    return stage.folder / "env" / name


def write(stage: Stage) -> None:
    """Write the files. A web role's secret for cookies is another one than its process has: no command needs that."""
    remove(stage)
    place(stage, OWNER).parent.mkdir(mode=0o700)
    for name in (*stage.workers, OWNER):
        settings = stage.owner() if name == OWNER else stage.environment(name)
        own = {setting: value for setting, value in settings.items() if setting not in basic()}
        write_private(place(stage, name), envfile.written(own))


def remove(stage: Stage) -> None:
    """Nothing is ready any more."""
    shutil.rmtree(place(stage, OWNER).parent, ignore_errors=True)
