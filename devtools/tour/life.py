"""The chapters in their order."""

from devtools.demo.running import Running
from devtools.tour import activating, ending, entering, reaching
from devtools.tour.story import Story
from devtools.tour.walk import beginning

CHAPTERS = (
    activating.is_sold,
    activating.activates,
    activating.checks_it_alone,
    activating.is_refused,
    activating.telephones,
    activating.needs_none,
    entering.registers,
    entering.is_filed,
    entering.is_sealed,
    reaching.is_found,
    reaching.is_revealed,
    reaching.gets_a_mail,
    reaching.confirms,
    reaching.ends_it,
    ending.sees,
    ending.erases,
    ending.is_gone,
)


def walk(up: Running, story: Story) -> None:
    """Walk through all of them."""
    with beginning(up, story) as person:
        for chapter in CHAPTERS:
            chapter(person)
