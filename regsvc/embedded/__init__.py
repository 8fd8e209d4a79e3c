"""PostgreSQL three times and Valkey once, from wheels, as children of this process. For demo, tests and benchmarks only."""

from regsvc.embedded.access import Access, Seen
from regsvc.embedded.processes import spawn
from regsvc.embedded.server import StartFailed
from regsvc.embedded.servers import InUse, NotForProduction, Servers

__all__ = ["Access", "InUse", "NotForProduction", "Seen", "Servers", "StartFailed", "spawn"]
