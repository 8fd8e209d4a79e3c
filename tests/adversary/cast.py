"""Who acts in the machine, which mailboxes there are, and what follows from what each did.

The model knows what happened outside: posts, presses, mails. It bounds what may stand (`may`) and what must stay (`must`).
"""

from dataclasses import dataclass, field

from privacy import receipts
from tests.adversary.post_office import Mail
from tests.adversary.web import Receipted

HONEST, STRANGER, NEIGHBOUR = "honest", "stranger", "neighbour"
HOME, NEW = "ada@xn--strae-oqa.example", "ada@new.example"
EVIL, TAGGED, ALIKE, CASE = (
    "mallory@evil.example",
    "ada+x@xn--strae-oqa.example",
    "ada@strasse.example",
    "Ada@xn--strae-oqa.example",
)
SPELLED = {  # how people type it, and the one form in which it is mailed
    "ada@straße.example": HOME,
    "Ada@STRAßE.example": HOME,
    "ADA@xn--strae-oqa.EXAMPLE": HOME,
    "ada@new.example": NEW,
    "Ada@New.example": NEW,
    "mallory@evil.example": EVIL,
    "ada+x@straße.example": TAGGED,
    "ada@strasse.example": ALIKE,
}


@dataclass(eq=False)
class Registration:
    """One registration, as the model sees it. `box` is the mailbox that is filed; `asked` the mails that had come by then."""

    who: str
    own: Receipted
    receipt: str
    box: str | None = None
    erased: bool = False
    pending: int = 0
    may: set[str] = field(default_factory=set)
    asked: dict[str, int] = field(default_factory=dict)
    must: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    answered: bool = False

    def __post_init__(self):
        self.id = receipts.parse(self.own.receipt).registration


@dataclass(eq=False)
class Letter:
    """A mail on its way or delivered: its place among all mails, and whether a receipt in it was used."""

    mail: Mail
    place: int
    owner: str | None = None
    used: bool = False


class Cast:
    """Everybody, what they own, and what waits to be filed."""

    def __init__(self) -> None:
        self.owners = {HOME: HONEST, NEW: HONEST, EVIL: STRANGER, TAGGED: NEIGHBOUR, ALIKE: NEIGHBOUR, CASE: NEIGHBOUR}
        self.all: list[Registration] = []
        self.waiting: list = []
        self.flying: list[Letter] = []
        self.delivered: list[Letter] = []
        self.mails = 0

    def of(self, who: str) -> list[Registration]:
        return [each for each in self.all if each.who == who and not each.erased]

    def numbered(self, number: str) -> Registration:
        (found,) = (each for each in self.all if each.own.number == number)
        return found

    def at(self, box: str) -> list[Registration]:
        return [each for each in self.all if each.box == box and not each.erased]

    def readable(self, who: str) -> list[Letter]:
        """The delivered mails in the mailboxes that one owns now; who left a mailbox keeps the mails of before."""
        return [each for each in self.delivered if who in {self.owners[each.mail.to], each.owner}]

    # What a post means, at once or when it is filed --------------------------------------------------------------------
    def later(self, happens) -> None:
        self.waiting.append(happens)

    def filed(self) -> None:
        for happens in self.waiting:
            happens()
        self.waiting.clear()

    def registers(self, each: Registration, box: str, wishes) -> None:
        self.all.append(each)

        def happens():
            if not each.erased:
                each.box = box
                each.asked = dict.fromkeys(set(wishes) - each.refused, self.mails)

        self.later(happens)

    def raises(self, each: Registration, purpose: str) -> None:
        self.later(lambda: each.asked.setdefault(purpose, self.mails))

    def lowers(self, each: Registration, purpose: str) -> None:
        """Ends its own choice; and where its mailbox may have answered for it, those of the mailbox."""

        def happens():
            each.may.discard(purpose)
            each.asked.pop(purpose, None)
            for other in self.at(each.box) if each.box and each.answered else [each]:
                other.must.pop(purpose, None)
            each.must.pop(purpose, None)
            if each.who == HONEST:
                for other in self.of(HONEST):
                    other.must.pop(purpose, None)

        if each.box is None:
            each.refused.add(purpose)
        happens()
        self.later(happens)

    def moves(self, each: Registration, box: str) -> None:
        each.pending += 1

        def happens():
            each.pending -= 1
            each.must.clear()
            if each.box != box and not each.erased:
                wanted = each.may | each.asked.keys()
                each.may.clear()
                each.box, each.answered = box, False
                each.asked = dict.fromkeys(wanted, self.mails)

        self.later(happens)

    def erases(self, each: Registration) -> None:
        each.erased, each.box = True, None
        each.may.clear()
        each.must.clear()
        each.asked.clear()

    def presses(self, letter: Letter, choices) -> None:
        """The reader of this mail presses for these (number, purpose); None: for all that its mailbox was asked by then."""
        box = letter.mail.to
        for each in self.at(box):
            named = {purpose for number, purpose in choices if number == each.own.number} if choices is not None else each.asked
            for purpose in list(named):
                if each.asked.get(purpose, self.mails) < letter.place:
                    each.may.add(purpose)
                    each.answered = True
