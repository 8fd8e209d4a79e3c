"""The web wizard, and who may post to the pages of its host."""

from datetime import date
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext

from intake import admission, error_details, fields, letterbox, registering, wizard
from intake.fields import Mistake
from intake.registering import Accepted
from intake.wizard import Answers, Step
from web.admission import READ, admit, require_https, require_method
from web.pages import FORM, View, public

METHODS = (*READ, "POST")
TRY_AFTER = 5  # seconds


def page(view: View, *, content_type: str | None = FORM, personal: bool = True) -> View:
    """A public page of this host.

    Args:
        view: The page.
        content_type: What its posts have to be; None for anything.
        personal: Whether it shows personal data or asks for them. Then it is not even shown over plain HTTP: what is typed
            into it would be sent the same way.
    """

    def let_in(request: HttpRequest) -> None:
        require_method(request.method, METHODS)
        if request.method == "POST":
            admit(request.META, admission.rules(), takes=(content_type,) if content_type else ())
        elif personal:
            require_https(request.META, admission.rules())

    return public(view, admit=let_in, language_field="speak")


def busy(response: HttpResponse) -> HttpResponse:
    """The same answer, as one that asks to try again soon."""
    response.status_code = 503
    response["Retry-After"] = str(TRY_AFTER)
    return response


@page
def register(request: HttpRequest) -> HttpResponse:
    """The wizard. Each page carries what was typed before; only the last one stores anything."""
    if request.method != "POST":
        return _show(request, wizard.START, _begun(request))
    answers, step = Answers.read(request.POST), wizard.STEPS.get(request.POST.get("step", ""), wizard.START)
    answers.follow(translation.get_language())
    match request.POST.get("go", ""):
        case "cancel":
            return render(request, "intake/cancelled.html")
        case "send":
            return _send(request, answers)
        case "next":
            return _next(request, step, answers)
        case "back":
            return _show(request, wizard.preceding(step), answers)
        case other:
            return _show(request, wizard.STEPS.get(other, step), answers)


def _begun(request: HttpRequest) -> Answers:
    asked = request.GET
    return wizard.begun(
        product=asked.get("product", ""),
        manufacturer=asked.get("manufacturer", ""),
        language=asked.get("language") or translation.get_language(),
    )


def _next(request: HttpRequest, step: Step, answers: Answers) -> HttpResponse:
    language = translation.get_language()
    found = wizard.mistakes(answers, language=language, today=timezone.now().date())
    here = [mistake for mistake in found if wizard.concerns(mistake, step)]
    if here:
        return _show(request, step, answers, mistakes=here)
    return _show(request, wizard.following(step, answers, language), answers)


def _send(request: HttpRequest, answers: Answers) -> HttpResponse:
    """Register. Sent again, the same form gets the same receipt."""
    offered = wizard.offered(answers, translation.get_language())
    try:
        accepted = registering.register(
            answers.body(offered),
            idempotency_key=answers.key,
            channel=registering.WEB,
            without_mailbox=settings.CONFIRM_WITHOUT,
            at=timezone.now(),
        )
    except wizard.REFUSED as error:
        found = wizard.of(error, answers)
        return _show(request, wizard.first(found), answers, mistakes=found)
    except registering.IdempotencyKeyInvalid:
        return _show(request, wizard.CHECK, answers.renewed())
    except (letterbox.IdempotencyMismatch, registering.IdempotencyExpired):
        return render(request, "intake/sent_already.html", status=422)
    except letterbox.LetterboxFull:
        return busy(_show(request, wizard.CHECK, answers, full=True))
    return render(request, "intake/done.html", _done(accepted, answers.values["product"], timezone.now().date()))


def _done(accepted: Accepted, product: str, today: date) -> dict[str, Any]:
    """What the last page shows: the receipt to keep, also as a small file named after the product and the day."""
    kept = {"accepted": accepted.answer(), "link": f"{settings.PUBLIC_URL}/my#{accepted.receipt.text}"}
    product_name = fields.text("product", product, language=translation.get_language())
    said = {"sender_name": settings.SENDER_NAME, "product": product_name, "today": today}
    text = render_to_string("intake/receipt.txt", kept | said)
    name = f"{gettext('receipt')}-{product}-{today.isoformat()}-{accepted.receipt.number}.txt"
    return kept | {"product": product_name, "file": f"data:text/plain;charset=utf-8,{quote(text)}", "file_name": name}


def _show(
    request: HttpRequest, step: Step, answers: Answers, *, mistakes: list[Mistake] | None = None, full: bool = False
) -> HttpResponse:
    """One page of the wizard."""
    language = translation.get_language()
    here = [mistake for mistake in mistakes or [] if wizard.concerns(mistake, step)]
    notice = wizard.notice(answers, language) if step in {wizard.START, wizard.NOTICE} else None
    if notice:
        answers.notice = notice.digest
    shown = fields.shown(step.fields, answers.values, mistakes=here, product=answers.values["product"], language=language)
    context = {
        "step": step,
        "place": wizard.COUNTED.index(step) + 1 if step in wizard.COUNTED else None,
        "places": len(wizard.COUNTED),
        "carried": answers.carried(step),
        "fields": shown,
        "wrong": [each for each in shown if each.fault],
        "changed": error_details.sentence("/choices", error_details.UNKNOWN_WORDING) if wizard.TEXTS_CHANGED in here else "",
        "notice": notice,
        "choices": _choices(answers, language),
        "sections": _sections(answers, language) if step is wizard.CHECK else [],
        "full": full,
    }
    return render(request, f"intake/steps/{step.name}.html", context, status=422 if here else 200)


def _choices(answers: Answers, language: str) -> list[dict[str, Any]]:
    """Each choice with its full wording; ticked only if the person ticked it."""
    found = []
    for choice in wizard.offered(answers, language):
        purpose = f"{choice.topic}/{choice.sender}"
        tick = f"{purpose}/{choice.wording}"
        title = fields.choice_title(choice.topic, choice.sender_name)
        found.append({"title": title, "text": choice.text, "tick": tick, "ticked": purpose in answers.ticked})
    return found


def _sections(answers: Answers, language: str) -> list[dict[str, Any]]:
    """What was typed, page by page, to be looked over."""
    pages = (wizard.PRODUCT, wizard.CONTACT, wizard.DETAILS)
    return [
        {
            "step": step,
            "lines": [
                (fields.FIELDS[name].label, fields.text(name, answers.values[name], language=language))
                for name in step.fields
                if answers.values[name].strip()
            ],
        }
        for step in pages
    ]
