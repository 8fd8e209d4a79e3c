"""The operator's lists: batches, keys under pressure, agreements, day tallies, calls. Nothing in them is finer than a day."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts import console, decorators
from activation import agreements, cases, drawing, inventory, labels, pressure, tallies
from activation.models import Agreement
from activation.rules import Outcome

DAYS = 30
MOST_SHOWN = 200
MOST_SEATS = 1_000_000


class AgreementForm(forms.Form):
    """A new volume agreement, from today on."""

    programme = forms.ChoiceField(label=gettext_lazy("Programme"), choices=list(labels.PROGRAMMES.items()))
    seats = forms.IntegerField(label=gettext_lazy("Seats"), min_value=1, max_value=MOST_SEATS)
    ends = forms.DateField(
        label=gettext_lazy("Ends on (optional)"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def enter(self, *, today: date) -> str | None:
        """The new agreement's reference; None if it cannot be entered, and then the form says why."""
        if not self.is_valid():
            return None
        said: dict[str, Any] = self.cleaned_data
        try:
            return agreements.sign(programme=said["programme"], seats=said["seats"], begins=today, ends=said["ends"]).reference
        except agreements.TooFewSeats:
            least = agreements.LEAST_SEATS[said["programme"]]
            self.add_error("seats", _("Enter at least %(seats)d seats for this programme.") % {"seats": least})
        except agreements.EndsTooSoon:
            self.add_error("ends", _("Enter today's date or a later one: an agreement begins today."))
        return None


@require_safe
@decorators.page("batches")
def batches(request: HttpRequest) -> HttpResponse:
    """Which keys were issued, and how many are in use."""
    rows = [(each, labels.CHANNELS[each.batch.channel]) for each in inventory.batches()]
    return console.operator.show(request, "operator/batches.html", {"rows": rows})


@require_safe
@decorators.page("pressure")
def pressed(request: HttpRequest) -> HttpResponse:
    """The keys that were refused to many computers."""
    found = pressure.flagged(today=timezone.now().date())
    rows = [(each, labels.STATES[each.state]) for each in found[:MOST_SHOWN]]
    return console.operator.show(request, "operator/pressure.html", {"rows": rows, "more": len(found) - len(rows)})


@require_http_methods(["GET", "HEAD", "POST"])
@decorators.page("agreements")
def agreed(request: HttpRequest) -> HttpResponse:
    """All agreements, and a form for a new one."""
    form = AgreementForm(request.POST or None)
    if request.method == "POST":
        if not request.user.has_perm("activation.agree"):
            raise PermissionDenied
        if reference := form.enter(today=timezone.now().date()):
            messages.success(request, _("Agreement %(reference)s was added.") % {"reference": reference})
            return redirect("activation:agreements")
    rows = [(each, labels.PROGRAMMES[each.programme]) for each in Agreement.objects.order_by("-begins", "reference")]
    return console.operator.show(request, "operator/agreements.html", {"form": form, "rows": rows})


@require_safe
@decorators.page("tallies")
def tallied(request: HttpRequest) -> HttpResponse:
    """How activations were answered, as bars and as a table."""
    last = timezone.now().date()
    first = last - timedelta(days=DAYS - 1)
    counts = tallies.between(first=first, last=last)
    named = {str(name): labels.ANSWERS[name] for name in Outcome}
    page = {
        "drawing": drawing.draw(counts, named=named, first=first, days=DAYS),
        "legend": named.items(),
        "width": drawing.WIDTH,
        "height": drawing.HEIGHT,
        "left": drawing.LEFT,
    }
    return console.operator.show(request, "operator/tallies.html", page | _table(counts, labels.ANSWERS))


@require_safe
@decorators.page("cases")
def called(request: HttpRequest) -> HttpResponse:
    """How many calls of each day ended alike."""
    last = timezone.now().date()
    counts = cases.between(first=last - timedelta(days=DAYS - 1), last=last)
    return console.operator.show(request, "operator/cases.html", _table(counts, labels.CASES))


def _table(counts: list[Any], named: Any) -> dict[str, object]:
    """Days down, answers across; only what was counted at all."""
    found = {(day, name): times for day, name, times in counts}
    names = [name for name in named if any(name == each for _, each in found)]
    days = sorted({day for day, _ in found}, reverse=True)
    rows = [(day, [found.get((day, name), 0) for name in names]) for day in days]
    return {"columns": [named[name] for name in names], "rows": rows, "days": DAYS}
