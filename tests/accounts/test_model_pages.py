"""The administrators' pages: accounts and the catalogue, changed through the services only."""

import pytest

from accounts.models import Staff
from catalogue import publishing
from catalogue.models import Notice, Product, Wording
from privacy.models import AuditEntry
from tests.accounts.conftest import NOON, PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.urls("regsvc.urls.console")]
STAFF = "/console/accounts/staff/"
WORDINGS = "/console/catalogue/wording/"


@pytest.fixture
def administrator(signed_in):
    publishing.load(
        {"manufacturers": [{"code": "acme", "name": "Acme"}], "products": [{"code": "srv", "name": "Server"}]}, at=NOON
    )
    return signed_in("administrator", username="boss")


def errors(response):
    return response.context["adminform"].form.errors


def acts():
    return list(AuditEntry.objects.order_by("number").values_list("actor", "act")[1:])


def test_an_operators_account_is_made_no_other_and_the_page_says_so(administrator, account):
    olga = account("activation operator", username="olga")
    form = {"name": "Olga", "roles": ["privacy officer"], "manufacturer": "", "is_active": "on", "password": ""}

    page = administrator.post(f"{STAFF}{olga.pk}/change/", form)

    assert (page.status_code, Staff.objects.get(username="olga").roles) == (200, ["activation operator"])
    assert "Create a second account" in page.content.decode()


def test_an_administrator_makes_and_changes_an_account(administrator):
    form = {"username": "bob", "name": "Bob", "roles": ["support"], "manufacturer": "", "password": PASSWORD}
    assert administrator.post(f"{STAFF}add/", form).status_code == 302
    bob = Staff.objects.get(username="bob")
    assert (bob.roles, bob.role_request.roles, bob.check_password(PASSWORD)) == ([], ["support"], True)

    form = {
        "name": "Robert",
        "roles": ["privacy officer"],
        "manufacturer": "",
        "is_active": "on",
        "password": "other invented words",
    }
    page = administrator.post(f"{STAFF}{bob.pk}/change/", form, follow=True).content.decode()

    assert "waiting for approval by a second administrator" in page
    bob.refresh_from_db()
    assert (bob.name, bob.roles, bob.role_request.roles) == ("Robert", [], ["privacy officer"])
    assert bob.check_password("other invented words")
    assert acts() == [
        ("boss", name)
        for name in (
            "account-create",
            "roles-request",
            "account-rename",
            "roles-request",
            "account-password",
            "roles-request",
        )
    ]


def test_a_form_that_changes_the_name_alone_leaves_what_waits(administrator):
    form = {"username": "bob", "name": "Bob", "roles": ["support", "marketing"], "manufacturer": "", "password": PASSWORD}
    administrator.post(f"{STAFF}add/", form)
    bob = Staff.objects.get(username="bob")
    before = bob.role_request.pk
    page = administrator.get(f"{STAFF}{bob.pk}/change/").content.decode()
    assert page.count("checked") == 3

    form = {"name": "Robert", "roles": ["support", "marketing"], "manufacturer": "", "is_active": "on", "password": ""}
    assert administrator.post(f"{STAFF}{bob.pk}/change/", form).status_code == 302

    bob = Staff.objects.get(username="bob")
    assert (bob.name, bob.role_request.pk) == ("Robert", before)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"roles": ["support", "activation operator"]}, "roles"),
        ({"roles": ["support", "administrator"]}, "roles"),
        ({"roles": ["manufacturer"]}, "roles"),
        ({"roles": []}, "roles"),
        ({"password": "short"}, "password"),
        ({"username": "Bob B"}, "username"),
        ({"username": "boss"}, "username"),
    ],
)
def test_what_makes_no_account_is_said_at_its_field(administrator, change, field):
    form = {"username": "bob", "name": "Bob", "roles": ["support"], "manufacturer": "", "password": PASSWORD} | change

    assert field in errors(administrator.post(f"{STAFF}add/", form))
    assert Staff.objects.count() == 1


def test_an_administrator_cannot_give_itself_a_role(administrator):
    boss = Staff.objects.get(username="boss")
    form = {"name": "Boss", "roles": ["support"], "is_active": "", "password": "other invented words"}

    assert administrator.post(f"{STAFF}{boss.pk}/change/", form).status_code == 302

    boss.refresh_from_db()
    assert (boss.name, boss.roles, boss.is_active) == ("Boss", ["administrator"], True)
    assert boss.check_password(PASSWORD)


def test_accounts_are_never_deleted(administrator):
    boss = Staff.objects.get(username="boss")

    assert administrator.post(f"{STAFF}{boss.pk}/delete/", {"post": "yes"}).status_code == 403
    assert administrator.get(f"{STAFF}{boss.pk}/history/").status_code == 404


def test_products_are_made_and_changed(administrator):
    administrator.post("/console/catalogue/product/add/", {"code": "desk", "name": "Desk", "active": "on"})
    administrator.post("/console/catalogue/product/desk/change/", {"name": "Desk Pro", "active": ""})

    assert Product.objects.filter(code="desk", name="Desk Pro", active=False).exists()
    assert acts() == [("boss", "catalogue-edit")] * 2


@pytest.mark.parametrize(("section", "code"), [("product", "vendor"), ("manufacturer", "vendor"), ("product", "Not A Code")])
def test_the_catalogues_rules_hold_in_its_pages(administrator, section, code):
    response = administrator.post(f"/console/catalogue/{section}/add/", {"code": code, "name": "X", "active": "on"})

    assert "code" in errors(response)


def test_a_draft_is_changed_published_and_then_only_read(administrator):
    form = {"topic": "updates", "sender": "acme", "language": "en", "text": "Yes, pleas."}
    assert administrator.post(f"{WORDINGS}add/", form).status_code == 302
    draft = Wording.objects.get()
    assert administrator.post(f"{WORDINGS}{draft.pk}/change/", form | {"text": "Yes,\r\nplease."}).status_code == 302
    wording = Wording.objects.get()
    assert (wording.text, wording.state) == ("Yes,\nplease.", "draft")

    administrator.post(WORDINGS, {"action": "publish", "_selected_action": [wording.pk]})

    wording.refresh_from_db()
    assert wording.state == "published"
    assert administrator.get(f"{WORDINGS}{wording.pk}/change/").status_code == 200
    assert administrator.post(f"{WORDINGS}{wording.pk}/change/", form).status_code == 403
    administrator.post(WORDINGS, {"action": "retire", "_selected_action": [wording.pk]})
    wording.refresh_from_db()
    assert wording.state == "retired"
    page = administrator.post(WORDINGS, {"action": "publish", "_selected_action": [wording.pk]}, follow=True)
    assert "publish only drafts" in page.content.decode()


TEXT = {"topic": "updates", "sender": "acme", "language": "en", "text": "Yes, please."}


def wordings(*texts):
    publishing.load({"wordings": [TEXT | text for text in texts]}, at=NOON)


@pytest.mark.parametrize(
    ("states", "told"),
    [
        (["draft"], "Publish that draft"),
        (["published"], "already published here"),
        (["published", "retired"], "reuse a retired text"),
        (["published", "replaced"], "reuse a retired text"),
    ],
)
def test_the_same_words_again_are_refused_with_a_sentence(administrator, states, told):
    for state in states:
        wordings({"text": "Yes.", "status": "published"} if state == "replaced" else {"status": state})

    response = administrator.post(f"{WORDINGS}add/", TEXT)

    assert told in str(errors(response)["text"])


def test_a_draft_may_be_saved_as_it_is(administrator):
    wordings({"status": "draft"})

    assert administrator.post(f"{WORDINGS}{Wording.objects.get().pk}/change/", TEXT).status_code == 302
    assert Wording.objects.get().state == "draft"


def test_a_language_is_one_that_the_pages_have(administrator):
    assert "language" in errors(administrator.post(f"{WORDINGS}add/", TEXT | {"language": "fr"}))


def test_the_last_text_of_a_language_is_not_retired_and_the_page_says_why(administrator):
    wordings({"status": "published"}, {"status": "published", "language": "de", "text": "Ja."})
    german = Wording.objects.get(language="de")

    page = administrator.post(WORDINGS, {"action": "retire", "_selected_action": [german.pk]}, follow=True)

    assert "Customers who read German would see updates/acme in another language" in page.content.decode()
    german.refresh_from_db()
    assert german.state == "published"
    assert "catalogue-retire" not in dict(acts()).values()


def test_a_choice_is_ended_in_all_languages_together(administrator):
    wordings({"status": "published"}, {"status": "published", "language": "de", "text": "Ja."})
    chosen = list(Wording.objects.values_list("pk", flat=True))

    administrator.post(WORDINGS, {"action": "retire", "_selected_action": chosen})

    assert {each.state for each in Wording.objects.all()} == {"retired"}


def test_a_draft_is_deleted_and_what_was_published_is_not(administrator):
    wordings({"status": "draft"}, {"status": "published", "text": "Yes."})
    draft, published = Wording.objects.get(published_on=None), Wording.objects.get(published_on__isnull=False)
    assert f"{draft.pk}/delete/" in administrator.get(f"{WORDINGS}{draft.pk}/change/").content.decode()

    assert administrator.post(f"{WORDINGS}{draft.pk}/delete/", {"post": "yes"}).status_code == 302
    assert administrator.post(f"{WORDINGS}{published.pk}/delete/", {"post": "yes"}).status_code == 403

    assert list(Wording.objects.all()) == [published]
    assert acts() == [("boss", "catalogue-discard")]


def test_a_notice_may_be_for_every_product(administrator):
    assert (
        administrator.post("/console/catalogue/notice/add/", {"product": "", "language": "en", "text": "Hello."}).status_code
        == 302
    )
    assert (
        administrator.post("/console/catalogue/notice/add/", {"product": "srv", "language": "en", "text": "Hello."}).status_code
        == 302
    )

    assert set(Notice.objects.values_list("product", flat=True)) == {None, "srv"}


@pytest.mark.parametrize("text", ["", "  ", "a\x00b", "tab\there"])
def test_a_text_that_will_not_do_is_said_at_its_field(administrator, text):
    form = {"topic": "updates", "sender": "vendor", "language": "en", "text": text}

    assert "text" in errors(administrator.post(f"{WORDINGS}add/", form))


def test_a_list_costs_the_same_queries_for_one_account_and_for_three(administrator, account, django_assert_num_queries):
    administrator.get(STAFF)
    for names in ([], ["one", "two"]):
        for username in names:
            account("support", username=username)
        with django_assert_num_queries(5):
            administrator.get(STAFF)
