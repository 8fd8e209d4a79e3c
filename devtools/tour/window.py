"""A window on the services, as one role sees them: a process with that role's own environment, keys and database logins.

The tour asks by JSON lines; `python -m devtools.tour.window` answers them.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import IO, Any, Self


class WindowBroken(Exception):
    """The role's process failed at a question."""


class Window:
    """The tour's side: one process, question after question."""

    def __init__(self, env: Mapping[str, str], log: IO[bytes]) -> None:
        argv = [sys.executable, "-m", __name__]
        self.process = subprocess.Popen(argv, env=dict(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.process.stdin and self.process.stdout:
            self.process.stdin.close()
            self.process.stdout.close()
        self.process.kill()
        self.process.wait()

    def ask(self, question: str, **values: Any) -> Any:
        """What the role answers.

        Raises:
            WindowBroken: The service raised something that is not an answer.
        """
        if not self.process.stdin or not self.process.stdout:
            raise WindowBroken(question)
        self.process.stdin.write(json.dumps([question, values]).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise WindowBroken(f"{question}: see the log of the window")
        return json.loads(line)


def main() -> None:
    """The role's side: answer until nothing more is asked."""
    import django

    django.setup()
    from devtools.tour import answers

    for line in sys.stdin:
        question, values = json.loads(line)
        answer = answers.ANSWERS[question](**values)
        print(json.dumps(answer, default=str), flush=True)


if __name__ == "__main__":
    main()
