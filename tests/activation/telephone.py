"""The two ends of a call."""

import uuid

from activation import calls, phone
from activation.phone import Installation
from tests.activation.conftest import TODAY, computer

NONCE = 123_456
OLGA = uuid.UUID(int=1)


class Line:
    """The customer's end of the telephone, and the operator's answers."""

    def __init__(self):
        self.case = uuid.uuid4()

    def text(self, key, number=1, hardware=None):
        self.installation = Installation(key.locator, hardware or computer(number), NONCE)
        return phone.installation_id(self.installation)

    def look(self, key, number=1, **more):
        return calls.look(text=self.text(key, number, **more), case=self.case, actor=OLGA, today=TODAY)

    def confirm(self, key, number=1, *, approved=False):
        text = self.text(key, number)
        place = calls._weighed(self.installation, TODAY).leaving if approved else None
        leaving = place.binding if place else uuid.uuid4() if approved else None
        return calls.confirm(text=text, case=self.case, actor=OLGA, today=TODAY, leaving=leaving)
