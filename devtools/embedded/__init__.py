"""PostgreSQL three times and Valkey once, from wheels, as children of this process. For demo, tests and benchmarks only."""

from devtools.embedded.access import Access, Seen
from devtools.embedded.processes import spawn
from devtools.embedded.server import StartFailed
from devtools.embedded.servers import InUse, NotForProduction, Servers

__all__ = ["Access", "InUse", "NotForProduction", "Seen", "Servers", "StartFailed", "spawn"]
