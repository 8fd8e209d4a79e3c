"""Programs that the supervisor starts."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from devtools.embedded import spawn, unprivileged


def test_a_spawned_program_gets_only_its_own_environment(tmp_path):
    log = tmp_path / "log"
    uid = unprivileged.NOBODY if os.geteuid() == 0 else None
    program = "import os; print(sorted(name for name in os.environ if name != 'LC_CTYPE'), os.geteuid())"

    assert spawn(["/usr/bin/env", "python3", "-c", program], env={"PATH": "/usr/bin"}, log=log, uid=uid).wait(10) == 0

    assert log.read_text() == f"['PATH'] {os.geteuid() if uid is None else uid}\n"
    assert log.stat().st_mode & 0o077 == 0


def test_a_spawned_program_ends_with_its_parent(tmp_path):
    script = (
        "import signal, sys, os\nfrom pathlib import Path\nfrom devtools.embedded import spawn\n"
        "print(spawn(['sleep', '60'], env={'PATH': '/usr/bin:/bin'}, log=Path(sys.argv[1])).pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )

    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True, check=False)

    assert done.returncode == -signal.SIGKILL
    child = Path("/proc") / done.stdout.strip()
    deadline = time.monotonic() + 5
    while child.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not child.exists()
