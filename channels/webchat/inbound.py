"""What a visitor did, as values of the hub."""

import json
from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from channels.webchat.protocol import Refusal, Send, UploadedFile
from hub.channel import HistoryItem
from hub.message import (
    Address,
    Blob,
    Block,
    Contact,
    Form,
    Inbound,
    Media,
    Message,
    Press,
    Receipt,
    Survey,
    Text,
)
from hub.text import normalise_mail_address, storable, visible

Known = Callable[[UUID], HistoryItem | None]
"""Finds a message of ours that this visitor was shown."""

OpenUpload = Callable[[str], Blob | None]

_CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


def source_of(page: str | None, referrer: str | None) -> dict[str, str]:
    """Where the visitor came from: the page, the page before it, and its campaign marks."""
    found = {"page": page, "referrer": referrer}
    source = {name: value for name, value in found.items() if value}
    try:
        marks = parse_qsl(urlsplit(page or "").query)
    except ValueError:  # a browser takes addresses that urllib does not
        marks = []
    for name, value in marks:
        if name in _CAMPAIGN and value:
            source[name] = value[:200]
    return source


def inbound(
    frame: Send,
    *,
    account: str,
    sender: Address,
    at: datetime,
    text_limit: int,
    source: dict[str, str],
    known: Known,
    open_upload: OpenUpload,
) -> Inbound:
    """What a send frame means.

    The external id is the visitor's own id of the act, within the visitor: nobody can occupy
    somebody else's. Raises Refusal for what can not be accepted, now or ever.
    """
    external_id = f"{sender.address[:32]}/{frame.client_id}"

    if frame.press or frame.form or frame.survey:
        target, value, label = _answer(frame, known)
        return Press(
            account=account,
            external_id=external_id,
            at=at,
            sender=sender,
            target=str(target),
            value=value,
            label=label,
        )

    content: list[Block] = []
    claims: tuple[Address, ...] = ()
    if frame.contact:
        mail = normalise_mail_address(frame.contact.mail)
        if mail is None:
            raise Refusal("bad_address", f"{frame.contact.mail!r} is not a mail address.")
        name = visible(frame.contact.name or "") or None
        claims = (Address(kind="mail", address=mail, name=name),)
        sender = sender.model_copy(update={"name": name})
        content.append(Contact(name=name or mail, mails=(mail,)))
    else:
        words = frame.words
        if len(words) > text_limit:
            raise Refusal(
                "too_long", f"The text has {len(words)} characters; {text_limit} are allowed."
            )
        if words.strip():
            content.append(Text(text=words))
        content.extend(_media(file, open_upload) for file in frame.files)
        if not content:
            raise Refusal("bad_frame", "The message is empty.")

    return Message(
        account=account,
        external_id=external_id,
        at=at,
        sender=sender,
        content=tuple(content),
        client_id=str(frame.client_id),
        source=source,
        claims=claims,
    )


def read_receipt(account: str, sender: Address, message: UUID, at: datetime) -> Receipt:
    """The visitor has seen a message of ours."""
    return Receipt(
        account=account,
        external_id=f"{sender.address[:32]}/read/{message}",
        at=at,
        target=str(message),
        state="read",
    )


def _media(file: UploadedFile, open_upload: OpenUpload) -> Media:
    blob = open_upload(file.key)
    if blob is None:
        raise Refusal("bad_file", "This file is not here any more. Upload it again.")
    kind = blob.media_type.partition("/")[0]
    return Media(
        form=kind if kind in ("image", "audio", "video") else "document",  # type: ignore[arg-type]
        blob=blob,
        width=file.width,
        height=file.height,
    )


def _answer(frame: Send, known: Known) -> tuple[UUID, str, str | None]:
    """The message that was answered, the value and the words of the answer."""
    if frame.press:
        shown = _shown(frame.press.message, known)
        buttons = [
            button
            for block in shown.content
            if block.type in ("buttons", "card")
            for row in block.rows
            for button in row
        ]
        pressed = next((one for one in buttons if one.value == frame.press.value), None)
        if pressed is None:
            raise Refusal("unknown_message", "That message has no such button.")
        return frame.press.message, frame.press.value, pressed.label

    if frame.survey:
        shown = _shown(frame.survey.message, known)
        survey = next((one for one in shown.content if isinstance(one, Survey)), None)
        if survey is None:
            raise Refusal("unknown_message", "That message asks for no rating.")
        least = 0 if survey.form == "nps" else 1
        if not least <= frame.survey.score <= survey.scale:
            raise Refusal("bad_frame", f"The score goes from {least} to {survey.scale}.")
        answer = {
            "survey": survey.token,
            "score": frame.survey.score,
            "comment": storable(frame.survey.comment).strip(),
        }
        words = f"{_score(survey, frame.survey.score)}\n{answer['comment']}".strip()
        return frame.survey.message, json.dumps(answer, ensure_ascii=False), words

    assert frame.form is not None
    shown = _shown(frame.form.message, known)
    form = next((one for one in shown.content if isinstance(one, Form)), None)
    if form is None:
        raise Refusal("unknown_message", "That message has no form.")
    answers = {
        question.name: words
        for question in form.questions
        if (words := storable(frame.form.answers.get(question.name, "")).strip())
    }
    for question in form.questions:
        given = answers.get(question.name)
        if question.required and not given:
            raise Refusal("bad_frame", f"{question.label}: an answer is required.")
        if given and question.form == "choice" and given not in question.choices:
            raise Refusal("bad_frame", f"{question.label}: {given!r} is not among the choices.")
    label = "\n".join(f"{q.label}: {answers[q.name]}" for q in form.questions if q.name in answers)
    return frame.form.message, json.dumps({"form": answers}, ensure_ascii=False), label


def _score(survey: Survey, score: int) -> str:
    if survey.form == "stars":
        return "★" * score + "☆" * (survey.scale - score)
    return f"{score}/{survey.scale}"


def _shown(message: UUID, known: Known) -> HistoryItem:
    found = known(message)
    if found is None or found.deleted:
        raise Refusal("unknown_message", "There is no such message any more.")
    return found
