"""Pages that customers open from a link that was sent to them. The signed link is the key.

A scanner or a preview that fetches the link changes nothing: only the form's button does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from starlette.responses import Response

from hub.conversations import not_me
from hub.satisfaction import answers
from hub.web.asked import Visit, status


@dataclass(frozen=True)
class SurveyPage:
    """GET and POST /r/<token>. question: as it was asked. scores: what can be chosen, the least
    first. chosen: what is, or was answered. settled: the answer stands and can not be changed."""

    template: ClassVar[str] = "outside/survey.html"

    action: str
    question: str
    form: str
    scores: tuple[int, ...]
    chosen: int | None = None
    comment: str = ""
    commentable: bool = True
    answered: bool = False
    settled: bool = False
    done: bool = False


@dataclass(frozen=True)
class NotMePage:
    """GET and POST /n/<token>. address: whose it is, None when nothing is sent there any more."""

    template: ClassVar[str] = "outside/not_me.html"

    action: str
    address: str | None


async def survey(visit: Visit) -> Response:
    """The question; `?score=` chooses an answer and gives none."""
    now = visit.site.context.clock.now()
    survey_id = _survey_id(visit, now)
    try:
        found = await visit.read(answers.asked, survey_id, now)
    except answers.Closed:
        raise status(404) from None
    wanted = visit.query("score") or ""
    chosen = int(wanted) if wanted.isdecimal() and len(wanted) < 4 else None
    return await _show(visit, found, chosen if chosen in found.scores else found.score)


async def rate(visit: Visit) -> Response:
    """The answer: score, comment."""
    now = visit.site.context.clock.now()
    survey_id, score = _survey_id(visit, now), visit.field("score")
    try:
        if not score.isdecimal() or len(score) > 3:
            found = await visit.read(answers.asked, survey_id, now)
            return await _show(visit, found, None, code=422)
        found = await visit.write(
            answers.rate, survey_id, int(score), visit.field("comment") or None, now
        )
    except answers.Closed:
        return await _stands(visit, survey_id, now)
    except ValueError:
        raise status(422) from None
    return await _show(visit, found, found.score, done=True)


async def _stands(visit: Visit, survey_id: UUID, now: datetime) -> Response:
    """What was answered and can not be changed any more, where there is such an answer."""
    try:
        found = await visit.read(answers.asked, survey_id, now)
    except answers.Closed:
        raise status(404) from None
    return await _show(visit, found, found.score, code=409)


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


def _survey_id(visit: Visit, now: datetime) -> UUID:
    survey_id = answers.survey_of(visit.site.context.keys, _token(visit), now=now)
    if survey_id is None:
        raise status(404)
    return survey_id


async def _show(
    visit: Visit,
    found: answers.Asked,
    chosen: int | None,
    *,
    done: bool = False,
    code: int = 200,
) -> Response:
    """In the language in which the survey was asked, whatever the browser's is."""
    view = SurveyPage(
        action=visit.request.url.path,
        question=found.question,
        form=found.form,
        scores=tuple(found.scores),
        chosen=found.score if found.settled else chosen,
        comment=found.comment or "",
        commentable=found.commentable,
        answered=found.score is not None,
        settled=found.settled,
        done=done,
    )
    page = replace(visit.page(), locale="fa" if found.locale == "fa" else "en")
    return await visit.show(view, page=page, status=code)
