"""The registrar files each registration once, and what it files is sealed."""

from registration import record, self_service


def test_a_registration_is_filed_and_its_person_sees_it(life):
    receipt = life.register("updates/vendor", contact={"name": "Ada Example"}, country="DE", language="de")

    assert life.sweep() == 1

    own = record.shown(self_service.see(receipt=receipt))
    assert own["contact"] == {"email": "ada@example.org", "name": "Ada Example"}
    assert own["country"] == "DE"
    assert own["number"] == receipt.number
    assert life.live(receipt) == {"support", "custody", "service"}
    assert life.states(receipt) == {"updates/vendor": "unconfirmed"}
    assert life.mails(receipt) == ["confirm"]


def test_a_confirmed_choice_becomes_a_grant(life):
    receipt = life.confirmed("updates/vendor", "offers/acme")

    assert life.marketing(receipt) == {"updates/vendor", "offers/acme"}
    assert set(life.states(receipt).values()) == {"active"}
