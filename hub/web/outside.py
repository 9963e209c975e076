"""Pages that customers open from a link that was sent to them. The signed link is the key.

A scanner or a preview that fetches the link changes nothing: only the form's button does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from starlette.responses import Response

from hub.conversations import not_me
from hub.satisfaction import answers
from hub.web.asked import Visit, status


@dataclass(frozen=True)
class SurveyPage:
    """GET and POST /r/<token>. scores: what can be chosen. chosen: what is, or was answered."""

    template: ClassVar[str] = "outside/survey.html"

    action: str
    form: str
    scores: tuple[int, ...]
    chosen: int | None = None
    comment: str = ""
    done: bool = False


@dataclass(frozen=True)
class NotMePage:
    """GET and POST /n/<token>. address: whose it is, None when nothing is sent there any more."""

    template: ClassVar[str] = "outside/not_me.html"

    action: str
    address: str | None


async def survey(visit: Visit) -> Response:
    """The question; `?score=` chooses an answer and gives none."""
    context, now = visit.site.context, visit.site.context.clock.now()
    survey_id = answers.survey_of(context.keys, _token(visit), now=now)
    if survey_id is None:
        raise status(404)
    try:
        found = await visit.read(answers.asked, survey_id, now)
    except answers.Closed:
        raise status(404) from None
    wanted = visit.query("score") or ""
    chosen = int(wanted) if wanted.isdecimal() and len(wanted) < 4 else found.score
    return await visit.show(_survey(visit, found, chosen))


async def rate(visit: Visit) -> Response:
    """The answer: score, comment."""
    context, now = visit.site.context, visit.site.context.clock.now()
    survey_id = answers.survey_of(context.keys, _token(visit), now=now)
    score = visit.field("score")
    if survey_id is None:
        raise status(404)
    try:
        if not score.isdecimal() or len(score) > 3:
            found = await visit.read(answers.asked, survey_id, now)
            return await visit.show(_survey(visit, found, None), status=422)
        found = await visit.write(
            answers.rate, survey_id, int(score), visit.field("comment") or None, now
        )
    except answers.Closed:
        raise status(404) from None
    except ValueError:
        raise status(422) from None
    return await visit.show(_survey(visit, found, found.score, done=True))


async def not_theirs(visit: Visit) -> Response:
    """Asks whether the answers should stop."""
    claimed = _claimed(visit)
    address = await visit.read(not_me.address_of, claimed)
    return await visit.show(NotMePage(visit.request.url.path, address))


async def stop(visit: Visit) -> Response:
    """Stops them. Doing it again says the same."""
    claimed = _claimed(visit)
    await visit.write(not_me.deny, claimed, visit.site.context.clock.now())
    return await visit.show(NotMePage(visit.request.url.path, None))


def _claimed(visit: Visit) -> not_me.Claimed:
    context = visit.site.context
    claimed = not_me.claimed_of(context.keys, _token(visit), now=context.clock.now())
    if claimed is None:
        raise status(404)
    return claimed


def _token(visit: Visit) -> str:
    return str(visit.request.path_params["token"])


def _survey(
    visit: Visit, found: answers.Asked, chosen: int | None, *, done: bool = False
) -> SurveyPage:
    least = 0 if found.form == "nps" else 1
    scores = tuple(range(least, found.scale + 1))
    return SurveyPage(
        action=visit.request.url.path,
        form=found.form,
        scores=scores,
        chosen=chosen if chosen in scores else None,
        comment=found.comment or "",
        done=done,
    )
