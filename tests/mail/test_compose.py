"""What an answer looks like as a mail: words, directions, headers that nobody forges."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.compose import Composed, compose
from channels.mail.headers import Header
from channels.mail.mime import read_parts
from channels.mail.parse import parse_mail
from channels.mail.render import Rendered, SurveyLink, render
from channels.mail.settings import MailSettings
from hub.message import (
    Address,
    Button,
    Buttons,
    Card,
    Contact,
    Entity,
    Form,
    Location,
    Message,
    Outbound,
    Question,
    Survey,
    Text,
)
from hub.text.plain import visible
from tests.mail.mails import NOON
from tests.mail.outbound import answer

SETTINGS = MailSettings(
    address="support@example.test", password="x", smtp_host="localhost", imap_host="localhost"
)


def no_link(_survey: Survey, _score: int) -> str | None:
    return None


def rendered(*content: Any, locale: str = "en", link: SurveyLink = no_link) -> Rendered:
    return render(content, locale=locale, survey_link=link)


def composed(message: Outbound, settings: MailSettings = SETTINGS) -> Composed:
    return compose(message, rendered(*message.content, locale=message.locale), {}, settings)


def as_mail(mail: Composed) -> EmailMessage:
    found = email.message_from_bytes(mail.raw, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


class TestWords:
    def test_each_paragraph_has_its_own_direction(self) -> None:
        page = rendered(Text(text="Hello\n\nسلام، iPhone 13 داریم.\nhttps://a.example")).html
        assert '<div dir="ltr">Hello</div>' in page
        assert '<div dir="rtl">سلام، iPhone 13 داریم.</div>' in page

    def test_markup_is_escaped(self) -> None:
        page = rendered(Text(text='<script>alert("1")</script> & more')).html
        assert "<script>" not in page
        assert "&lt;script&gt;" in page

    def test_formatting_may_overlap_and_cross_lines(self) -> None:
        text = Text(
            text="bold both italic\nnext",
            entities=(
                Entity(form="bold", offset=0, length=9),
                Entity(form="italic", offset=5, length=14),
            ),
        )
        page = rendered(text).html
        assert "<strong>bold </strong><em><strong>both</strong></em><em> italic</em>" in page
        assert "<em>ne</em>xt" in page

    def test_links_are_written_out_in_plain_text(self) -> None:
        text = Text(
            text="see here",
            entities=(Entity(form="link", offset=4, length=4, url="https://a.example/?a=1&b=2"),),
        )
        both = rendered(text)
        assert both.text == "see here (https://a.example/?a=1&b=2)\n"
        assert '<a href="https://a.example/?a=1&amp;b=2">here</a>' in both.html

    def test_dangerous_links_are_no_links(self) -> None:
        text = Text(
            text="x",
            entities=(Entity(form="link", offset=0, length=1, url="javascript:alert(1)"),),
        )
        assert "<a" not in rendered(text).html


class TestDowngrades:
    def test_buttons_are_numbered_lines(self) -> None:
        rows = ((Button(label="Yes", value="y"), Button(label="Shop", url="https://s.example")),)
        both = rendered(Buttons(rows=rows))
        assert both.text == (
            "1. Yes\n2. Shop (https://s.example)\nAnswer with the number of your choice.\n"
        )
        assert '<a href="https://s.example">Shop</a>' in both.html

    def test_in_persian_they_are_persian(self) -> None:
        both = rendered(Buttons(rows=((Button(label="بله", value="y"),),)), locale="fa")
        assert both.text.startswith("۱. بله\nبا شمارهٔ")
        assert '<html lang="fa" dir="rtl">' in both.html

    def test_a_survey_without_an_address_asks_for_a_number(self) -> None:
        survey = Survey(question="How was it?", form="stars", scale=5, token="t")
        assert rendered(survey).text == (
            "How was it?\nAnswer with a number from 1 to 5; 5 is the best.\n"
        )

    def test_a_survey_with_one_has_a_link_for_each_score(self) -> None:
        survey = Survey(question="How was it?", form="stars", scale=3, token="t")
        both = rendered(survey, link=lambda one, score: f"https://h.example/{one.token}/{score}")
        assert "★★☆ (https://h.example/t/2)" in both.text
        assert '<a href="https://h.example/t/3">★★★</a>' in both.html

    @pytest.mark.parametrize(
        ("form", "scale", "labels"),
        [
            ("nps", 10, ["0", "10"]),
            ("thumbs", 1, ["👎", "👍"]),
            ("thumbs", 2, ["👎", "👍"]),
            ("faces", 5, ["😞", "😀"]),
            ("faces", 3, ["🙁", "🙂"]),
            ("faces", 7, ["1", "7"]),
        ],
    )
    def test_scores_have_their_signs(self, form: Any, scale: int, labels: list[str]) -> None:
        survey = Survey(question="?", form=form, scale=scale, token="t")
        lines = rendered(survey, link=lambda _, score: f"https://h/{score}").text.splitlines()[2:]
        assert [lines[0].split()[0], lines[-1].split()[0]] == labels

    def test_the_other_blocks_are_written_out(self) -> None:
        both = rendered(
            Location(latitude=35.7, longitude=51.4, title="Office"),
            Contact(name="Ann Example", phones=("+989120000000",), mails=("ann@example.com",)),
            Card(
                title="Shoes", text="Red", url="https://s.example", rows=((Button(label="Buy"),),)
            ),
            Form(
                title="Order",
                submit="Send",
                questions=(
                    Question(name="size", label="Size", form="choice", choices=("S", "M")),
                    Question(name="mail", label="Mail", required=True),
                ),
            ),
        )
        for part in (
            *("Office\n35.700000,51.400000 (https://www.openstreetmap.org/?mlat=35.7",),
            *("Ann Example\n+989120000000\nann@example.com", "Shoes (https://s.example)\nRed"),
            *("1. Buy", "1. Size\n   - S\n   - M\n2. Mail (required)"),
        ):
            assert part in both.text


class TestHeaders:
    def test_what_is_written_for_whom(self) -> None:
        message = answer(
            cc=(Address(kind="mail", address="c@example.com", name='Carla "CC" Sample'),),
            bcc=(Address(kind="mail", address="b@example.com"),),
            automated=True,
            sender_name="Payam, Inc.",
        )
        mail = composed(message)
        fields = as_mail(mail)
        assert fields["From"] == '"Payam, Inc." <support@example.test>'
        assert fields["Cc"].addresses[0].display_name == 'Carla "CC" Sample'
        assert fields["Bcc"] is None
        assert fields["Auto-Submitted"] == "auto-replied"
        assert fields["Date"].datetime == NOON
        assert (mail.to, mail.copies) == ("ann@example.test", ("c@example.com", "b@example.com"))

    def test_references_keep_the_first_and_the_nearest(self) -> None:
        chain = tuple(f"<{number}@example.com>" for number in range(100))
        fields = as_mail(composed(answer(references=chain, reply_to="<99@example.com>")))
        found = str(fields["References"]).split()
        assert len(found) == 20
        assert (found[0], found[-1]) == ("<0@example.com>", "<99@example.com>")
        assert fields["In-Reply-To"] == "<99@example.com>"

    @pytest.mark.parametrize(
        ("subject", "sent"),
        [
            ("Order 12", "Re: Order 12"),
            ("سفارش", "Re: سفارش"),
            ("RE: Order", "RE: Order"),
            ("پاسخ: سفارش", "پاسخ: سفارش"),
            ("Refund", "Re: Refund"),
        ],
    )
    def test_an_answer_says_so_once_in_its_subject(self, subject: str, sent: str) -> None:
        answered = composed(answer(subject=subject, reply_to="<q@example.com>"))
        assert as_mail(answered)["Subject"] == sent
        assert as_mail(composed(answer(subject=subject)))["Subject"] == subject

    def test_a_token_that_does_not_fit_is_told(self) -> None:
        settings = SETTINGS.model_copy(update={"address": f"{'a' * 30}@example.test"})
        mail = composed(answer(thread_token="t" * 45), settings)
        assert as_mail(mail)["Reply-To"] is None
        assert mail.note is not None
        assert "does not fit" in mail.note

    def test_nothing_can_be_smuggled_into_the_header(self) -> None:
        evil = "x\r\nBcc: evil@example.com\r\n\r\nbody\0"
        mail = composed(
            answer(
                subject=evil,
                sender_name=evil,
                cc=(Address(kind="mail", address="c@example.test", name=evil),),
                references=(f"<a@b>{evil}",),
                reply_to=evil,
            )
        )
        fields = as_mail(mail)
        assert fields["Bcc"] is None
        assert fields["Subject"] == "x Bcc: evil@example.com body"
        assert fields["References"] is None
        assert mail.copies == ("c@example.test",)


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)


@given(subject=NAMES, name=NAMES, words=NAMES)
def test_whatever_is_written_is_read_back(subject: str, name: str, words: str) -> None:
    message = answer(
        "sara@example.com", Text(text=words), subject=subject, sender_name=name, locale="fa"
    )
    mail = composed(message)
    head, _, _ = mail.raw.partition(b"\r\n\r\n")
    assert all(len(line) <= 998 and line.isascii() for line in mail.raw.split(b"\r\n"))
    assert b"\n" not in mail.raw.replace(b"\r\n", b"")
    root, _ = read_parts(mail.raw)
    assert {name for name, _ in Header.read(head).fields} <= {
        *("from", "to", "subject", "date", "message-id", "mime-version", "content-type"),
    }
    assert [leaf.media_type for leaf in root.leaves()] == ["text/plain", "text/html"]
    reader = SETTINGS.model_copy(update={"address": "sara@example.com"})
    found = parse_mail(mail.raw, account="a", settings=reader, internal_date=NOON).inbound
    assert isinstance(found, Message)
    assert found.sender.address == "support@example.test"
    assert (found.subject or "") == visible(subject)
    # The same in the standard library's eyes.
    fields = as_mail(mail)
    assert fields["From"].addresses[0].addr_spec == "support@example.test"
    assert not mail.wants_utf8
