"""How the tour is told: numbered chapters, what can be seen, and checks that hold or do not."""

from textwrap import wrap

from devtools.demo.terminal import BOLD, DIM, GREEN, RED, painted, say

WIDTH = 96
NAME = 16
SHOWN_BYTES = 32  # 64 hexadecimal digits


class Story:
    """Tells, and keeps count of what held."""

    def __init__(self) -> None:
        self.chapters = 0
        self.held = 0
        self.failed: list[str] = []

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self.chapters += 1
        say(f"\n{painted(f'{self.chapters:>2}  {title}', BOLD)}")

    def tell(self, text: str) -> None:
        """A sentence of explanation."""
        for line in wrap(text, WIDTH - 4):
            say(f"    {painted(line, DIM)}")

    def show(self, name: str, value: object) -> None:
        """Something that can be seen. Bytes are shown by their beginning and their length."""
        text = f"{value[:SHOWN_BYTES].hex()}… ({len(value)} bytes)" if isinstance(value, bytes) else str(value)
        first, *rest = text.splitlines() or [""]
        say(f"    {name:<{NAME}}{first}")
        for line in rest:
            say(f"    {'':<{NAME}}{line}".rstrip())

    def check(self, text: str, held: object) -> None:
        """A check: it held or it did not."""
        if held:
            self.held += 1
        else:
            self.failed.append(f"{self.chapters}: {text}")
        say(f"    {painted('✓', GREEN) if held else painted('✗', RED)} {text}")

    def close(self) -> int:
        """The end; the exit code."""
        if not self.failed:
            say(f"\n{painted('✓', GREEN)} All {self.held} checks passed.")
            return 0
        say(f"\n{painted('✗', RED)} {len(self.failed)} of {self.held + len(self.failed)} checks failed:")
        for text in self.failed:
            say(f"    {text}")
        return 1
