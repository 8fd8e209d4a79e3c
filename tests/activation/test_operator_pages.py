"""The operator's lists, who gets at them, and that they cost the same however much there is."""

import re
import uuid
from datetime import date, timedelta

import pytest
from django.test import Client

from accounts import pages, roles
from activation import agreements, cases, drawing
from activation.models import Agreement, CaseOutcome
from tests.activation.conftest import TODAY

pytestmark = pytest.mark.urls("regsvc.urls.operator")
PATHS = ("phone", "keys", "pressure", "batches", "agreements", "tallies", "calls")
ADDRESSES = [f"/console/{path}/" for path in PATHS]


def shown(client, path):
    return client.get(f"/console/{path}/").content.decode()


@pytest.mark.parametrize("role", roles.ROLES)
def test_only_operators_get_in(signed_in, role):
    client = signed_in(role)

    expected = 200 if role == "activation operator" else 403
    assert {client.get(address).status_code for address in ADDRESSES} == {expected}
    if expected == 403:
        assert {client.post(f"/console/{path}/", {}).status_code for path in ("phone", "keys", "agreements")} == {403}


def test_without_signing_in_there_is_only_the_way_to_sign_in(counter, client):
    for address in ADDRESSES:
        response = client.get(address)
        assert (response.status_code, response["Location"]) == (302, f"/console/login/?next={address}")


def test_the_index_leads_to_every_page(olga):
    index = olga.get("/console/").content.decode()

    assert [address for address in ADDRESSES if f'href="{address}"' not in index] == []
    assert len(pages.links(["activation operator"], site="operator")) == len(ADDRESSES)


@pytest.mark.urls("regsvc.urls.console")
def test_the_console_of_registrations_does_not_have_them(olga):
    assert {olga.get(address).status_code for address in ADDRESSES} <= {302, 404}
    assert pages.links(["activation operator"], site="admin") == []


@pytest.mark.parametrize("path", ["phone", "keys", "agreements"])
def test_a_csrf_token_is_needed(olga, path):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = olga.cookies

    assert strict.post(f"/console/{path}/", {}).status_code == 403


@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_german_keeps_the_policy_and_needs_no_inline_style(olga, counter, path):
    counter.ask(counter.key())
    olga.post("/i18n/setlang/", {"language": "de", "next": "/console/"})

    response = olga.get(f"/console/{path}/")

    page = response.content.decode()
    assert 'lang="de"' in page
    assert "Oft abgelehnt" in page
    assert "style=" not in page
    assert "script-src 'self'" in response["Content-Security-Policy"]


def test_a_batch_shows_its_numbers(olga, counter):
    keys = counter.keys(3, "multi")
    counter.ask(keys[0], 1)
    counter.ask(keys[0], 2)
    olga.post("/console/keys/", {"wanted": keys[1].locator.hex(), "act": "block"})

    row = re.search(r"<tr><td>44</td>.*?</tr>", shown(olga, "batches")).group()

    assert re.findall(r"<td[^>]*>([^<]*)</td>", row) == [
        "44", "srv-std", "several computers", "multi-1", "3", "3", "2", "0", "1", "0", "–",
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["batches", "pressure", "agreements", "tallies", "calls"])
def test_a_list_costs_the_same_queries_for_one_and_for_three(olga, counter, django_assert_num_queries, path):
    expected = {"batches": 3}.get(path, 1)
    for kinds in (["volume"], ["retail", "multi"]):
        for kind in kinds:
            key = counter.key(kind)
            for number in range(1, 10):
                counter.ask(key, number)
            agreements.sign(programme="select", seats=1, begins=TODAY)
            cases.note(case=uuid.uuid4(), actor=uuid.uuid4(), outcome=CaseOutcome.REFUSED, today=counter.today)
        with django_assert_num_queries(expected, using="activation"):
            shown(olga, path)


def test_a_pressed_key_is_listed_and_an_honest_one_is_not(olga, counter):
    leaked, honest = counter.keys(2)
    for number in range(1, 6):
        counter.ask(leaked, number)
    for number in (1, 2):
        counter.ask(honest, number)

    page = shown(olga, "pressure")

    assert leaked.locator.hex() in page
    assert honest.locator.hex() not in page
    assert "<td>42</td>" in page


def test_an_agreement_is_entered(olga, counter):
    ends = counter.today + timedelta(days=365)
    response = olga.post("/console/agreements/", {"programme": "open", "seats": "5", "ends": ends.isoformat()})

    made = Agreement.objects.get()
    assert response.status_code == 302
    assert (made.programme, made.seats, made.begins, made.ends) == ("open", 5, counter.today, ends)
    assert f"Agreement {made.reference} was added." in shown(olga, "agreements")


def test_the_page_of_agreements_says_that_seats_are_not_enforced(olga, counter):
    agreements.sign(programme="open", seats=5, begins=TODAY)
    page = shown(olga, "agreements")

    assert ">Seats (for information)</th>" in page
    assert "The number of seats is for information and not enforced" in page


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"programme": "open", "seats": "4"}, "Enter at least 5 seats for this programme."),
        ({"programme": "select", "seats": "0"}, "greater than or equal to 1"),
        ({"programme": "select", "seats": "9999999999"}, "less than or equal to 1000000"),
        ({"programme": "gold", "seats": "5"}, "gold is not one of the available choices"),
        ({"programme": "select", "seats": "1", "ends": "2001-01-01"}, "date or a later one"),
        ({"programme": "select", "seats": "1", "ends": "soon"}, "Enter a valid date"),
        ({"programme": "select"}, "This field is required"),
    ],
)
def test_a_wrong_agreement_is_explained(olga, counter, form, sentence):
    assert sentence in olga.post("/console/agreements/", form).content.decode()
    assert not Agreement.objects.exists()


def test_the_tallies_are_drawn_and_stand_in_a_table(olga, counter):
    key = counter.key()
    for number in (1, 1, 2, 3):
        counter.ask(key, number)
    olga.post("/i18n/setlang/", {"language": "de", "next": "/console/"})

    page = shown(olga, "tallies")

    assert re.findall(r'<rect class="answer ([a-z-]+)" x="[0-9.]+" y="[0-9.]+" width="[0-9.]+" height="[0-9.]+">', page) == [
        "new",
        "same",
        "refused",
    ]
    assert re.findall(r'<td class="count">(\d+)</td>', page) == ["1", "1", "2"]


def test_bars_are_as_high_as_their_numbers():
    first = date(2026, 11, 1)
    counts = [(first, "new", 30), (first, "refused", 10), (first + timedelta(days=29), "new", 15), (first, "other", 99)]

    made = drawing.draw(counts, named={"new": "", "refused": ""}, first=first, days=30)

    high, low, late = made.bars
    assert (high.height, late.height) == (pytest.approx(3 * low.height), pytest.approx(high.height / 2))
    assert high.y == pytest.approx(low.y + low.height)
    assert [line.times for line in made.lines] == [0, 20, 40]
    assert late.x + late.width < drawing.WIDTH
    assert drawing.draw([], named={"new": ""}, first=first, days=30).bars == []


def test_calls_are_counted_by_day_and_end(olga, counter):
    for outcome in (CaseOutcome.REFUSED, CaseOutcome.REFUSED, CaseOutcome.MOVED):
        cases.note(case=uuid.uuid4(), actor=uuid.uuid4(), outcome=outcome, today=counter.today)
    cases.note(case=uuid.uuid4(), actor=uuid.uuid4(), outcome=CaseOutcome.OPEN, today=counter.today - timedelta(days=30))

    page = shown(olga, "calls")

    assert re.findall(r'class="count">([^<]+)<', page) == ["moved early", "refused by the operator", "1", "2"]
