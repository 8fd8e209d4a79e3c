"""People who register one after the other while something breaks, and the supervisor who watches over the processes."""

import threading
from typing import Self

from tests.proofs.topology import House

PURPOSE = "updates/vendor"


class Repeated:
    """Does something again and again in a thread of its own, as long as the block."""

    def __init__(self, every: float) -> None:
        self.every, self.over = every, threading.Event()
        self.thread = threading.Thread(target=self._repeat)

    def once(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        self.over.set()
        self.thread.join()

    def _repeat(self) -> None:
        while not self.over.wait(self.every):
            self.once()

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.stop()


class Visitors(Repeated):
    """Four registrations a second, each with a mailbox of its own, at *domains* domains in turn."""

    def __init__(self, house: House, domains: int = 1) -> None:
        super().__init__(0.25)
        self.house, self.domains, self.count = house, domains, 0

    def once(self) -> None:
        self.house.register(PURPOSE, contact={"email": f"visitor{self.count}@d{self.count % self.domains}.example"})
        self.count += 1


class Tended(Repeated):
    """The demo's supervisor. Nobody else starts anything again."""

    def __init__(self, house: House) -> None:
        super().__init__(0.2)
        self.house = house

    def once(self) -> None:
        self.house.tend()
