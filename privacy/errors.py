"""What may be said of an exception: its type and its place. Its text repeats the value that broke."""

import traceback
from pathlib import Path


def broken(error: BaseException) -> dict[str, str]:
    """An exception's type and the place where it was raised, as a log line's members."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return {"exception": type(error).__name__, "at": place}
