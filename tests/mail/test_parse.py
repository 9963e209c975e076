"""What a mail says, from clean ones to the ugliest. Parsing never raises and never stalls."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.mail.mime import read_parts
from channels.mail.parse import Parsed, _parse, parse_mail
from channels.mail.settings import MailSettings
from hub.message import (
    Address,
    Html,
    Media,
    Message,
    Receipt,
    Text,
    Unparsed,
    dump_content,
    load_content,
)
from tests.mail.mails import plain_mail

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OURS = "<payam.019a0000-0000-7000-8000-000000000001@example.test>"


def settings(**changes: Any) -> MailSettings:
    given_ones: dict[str, Any] = {
        "address": "support@example.test",
        "aliases": ("help@example.test",),
        "password": "x",
        "imap_host": "localhost",
    }
    return MailSettings(**(given_ones | changes))


def parse(raw: bytes | str, **changes: Any) -> Parsed:
    octets = raw.encode() if isinstance(raw, str) else raw
    return parse_mail(octets, account="support", settings=settings(**changes), internal_date=AT)


def message(raw: bytes | str, **changes: Any) -> Message:
    found = parse(raw, **changes).inbound
    assert isinstance(found, Message), found
    return found


def words(raw: bytes | str, **changes: Any) -> str:
    first = message(raw, **changes).content[0]
    assert isinstance(first, Text)
    return first.text


HEAD = "From: ann@example.com\r\n"


class TestAddresses:
    def test_they_are_canonical_with_decoded_names(self) -> None:
        found = message(
            "From: =?utf-8?B?2LPYp9ix2KcsINmF?= <Sara@B\u00fccher.example>\r\n"
            'To: "Help, please" <HELP@example.test>, undisclosed:;\r\n'
            "Cc: =?iso-8859-1?Q?J=F6rg?= <j@example.com>, broken, j@example.com\r\n\r\nhi"
        )
        assert found.sender == Address(
            kind="mail", address="sara@xn--bcher-kva.example", name="سارا, م"
        )
        assert [(one.address, one.name) for one in found.to] == [
            ("help@example.test", "Help, please")
        ]
        assert [(one.address, one.name) for one in found.cc] == [("j@example.com", "Jörg")]

    @pytest.mark.parametrize(
        "written",
        [
            "Ann Example ann@example.com",
            "ann@example.com, bob@example.com",
            "<<ann@example.com>>",
            '"unfinished <ann@example.com>',
            "ann@example.com (a (nested) comment)",
            "mailto:ann@example.com",
        ],
    )
    def test_a_sender_is_found_in_what_mailers_write(self, written: str) -> None:
        assert message(f"From: {written}\r\n\r\nhi").sender.address == "ann@example.com"

    def test_without_a_sender_the_mail_is_kept_unparsed(self) -> None:
        found = parse("Subject: lost\r\n\r\nhi").inbound
        assert isinstance(found, Unparsed)
        assert found.raw is not None
        assert found.raw.body.endswith(b"hi")
        assert "no sender" in found.reason

    def test_reply_to_is_a_claim_and_a_way_only_for_the_verified(self) -> None:
        raw = (
            "Authentication-Results: mx.example.test; dmarc=pass header.from=example.com\r\n"
            f"{HEAD}Reply-To: person@example.net\r\n\r\nhi"
        )
        unverified = message(raw)
        assert unverified.chat is None
        assert [one.address for one in unverified.claims] == ["person@example.net"]
        assert message(raw, authserv_id="mx.example.test").chat == "person@example.net"
        assert message(raw, trust_reply_to=True).chat == "person@example.net"
        assert message(f"{HEAD}Reply-To: ann@example.com\r\n\r\nhi").claims == ()


class TestAuthentication:
    @pytest.mark.parametrize(
        ("results", "verified"),
        [
            ("mx.example.test; dmarc=pass header.from=example.com", True),
            ("MX.example.test; dmarc=pass (p=none) header.from=Example.com", True),
            ("mx.example.test; dkim=pass header.d=example.com", True),
            ("mx.example.test; spf=fail smtp.mailfrom=x; dkim=pass header.i=@example.com", True),
            ("mx.example.test; dmarc=fail header.from=example.com", False),
            ("mx.example.test; dmarc=pass header.from=other.com", False),
            ("mx.example.test; dmarc=none header.from=example.com", False),
            ("mx.example.test; dmarc=fail header.from=example.com; dkim=pass header.d=a.b", False),
            ("mx.example.test; dkim=pass header.d=other.com", False),
            ("mx.example.test; dkim=pass header.d=com", False),
            ("mx.example.test; spf=pass smtp.mailfrom=example.com", False),
            ("elsewhere.test; dmarc=pass header.from=example.com", False),
            ("mx.example.test; none", False),
            ("((((", False),
            ("", False),
        ],
    )
    def test_only_our_own_server_vouches(self, results: str, verified: bool) -> None:
        raw = f"Authentication-Results: {results}\r\n{HEAD}\r\nhi"
        assert message(raw, authserv_id="mx.example.test").sender.verified is verified
        assert not message(raw).sender.verified

    def test_where_two_disagree_nobody_is_verified(self) -> None:
        raw = (
            "Authentication-Results: mx.example.test; dmarc=fail header.from=example.com\r\n"
            "Authentication-Results: mx.example.test; dmarc=pass header.from=example.com\r\n"
            f"{HEAD}\r\nhi"
        )
        assert not message(raw, authserv_id="mx.example.test").sender.verified

    def test_two_senders_are_none(self) -> None:
        raw = (
            "Authentication-Results: mx.example.test; dmarc=pass header.from=example.com\r\n"
            f"{HEAD}From: boss@example.com\r\n\r\nhi"
        )
        assert not message(raw, authserv_id="mx.example.test").sender.verified


class TestKeys:
    def test_a_refetch_is_equal_and_another_mail_is_not(self) -> None:
        raw = plain_mail()
        again, other = message(raw), message(b"Received: from x\r\n" + raw)
        assert (message(raw).external_id, message(raw).digest) == (again.external_id, again.digest)
        assert other.digest != again.digest
        assert (other.shared_id, other.fingerprint) == (again.shared_id, again.fingerprint)

    def test_the_same_id_with_other_words_differs(self) -> None:
        first, second = message(plain_mail()), message(plain_mail(words="something else"))
        assert first.shared_id == second.shared_id
        assert first.fingerprint != second.fingerprint

    @pytest.mark.parametrize("blank", ["", "Message-ID: \r\n", "Message-ID: <>\r\n"])
    def test_a_blank_id_is_no_key(self, blank: str) -> None:
        found = message(f"{HEAD}{blank}\r\nhi")
        assert found.shared_id is None
        assert found.external_id == f"digest:{found.digest}"

    def test_the_way_of_encoding_is_no_difference(self) -> None:
        head = f"{HEAD}Message-ID: <a@b>\r\nSubject: s\r\n"
        plain = message(f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\nسلام")
        encoded = message(
            f"{head}Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\n2LPZhNin2YU="
        )
        assert plain.fingerprint == encoded.fingerprint


class TestThreads:
    def test_the_nearest_comes_last(self) -> None:
        found = message(
            f"{HEAD}References: <a@x> <b@x>\r\n <c@x>\r\nIn-Reply-To: your mail <c@x>\r\n\r\nhi"
        )
        assert found.reply_to == "<c@x>"
        assert found.references == ("<a@x>", "<b@x>", "<c@x>")

    def test_references_alone_name_the_answered_mail(self) -> None:
        assert message(f"{HEAD}References: <a@x> <b@x>\r\n\r\nhi").reply_to == "<b@x>"

    def test_a_mail_does_not_answer_itself(self) -> None:
        found = message(f"{HEAD}Message-ID: <a@x>\r\nIn-Reply-To: <a@x>\r\n\r\nhi")
        assert found.reply_to is None
        assert found.references == ()

    @pytest.mark.parametrize(
        ("field", "token"),
        [
            ("To: Support <support+abc234@example.test>", "abc234"),
            ("To: SUPPORT+ABC234@EXAMPLE.TEST", "abc234"),
            ("To: bob@example.com\r\nCc: help+x+y@example.test", "x+y"),
            ("To: list@example.com\r\nDelivered-To: support+abc@example.test", "abc"),
            ("To: support@example.test", None),
            ("To: support+@example.test", None),
            ("To: support+abc@example.com", None),
            ("To: supporter+abc@example.test", None),
        ],
    )
    def test_the_token_stands_in_our_address(self, field: str, token: str | None) -> None:
        assert message(f"{HEAD}{field}\r\n\r\nhi").thread_token == token

    def test_without_subaddresses_there_are_no_tokens(self) -> None:
        raw = f"{HEAD}To: support+abc@example.test\r\n\r\nhi"
        assert message(raw, subaddress_separator="").thread_token is None


class TestAutomated:
    @pytest.mark.parametrize(
        "field",
        [
            "Auto-Submitted: auto-replied",
            "Auto-Submitted: auto-generated; owner=x",
            "Precedence: bulk",
            "Precedence: List",
            "Precedence: junk",
            "List-Id: <news.example.com>",
            "Return-Path: <>",
            "X-Autoreply: yes",
            "X-Auto-Response-Suppress: DR, OOF, AutoReply",
            f"Message-ID: {OURS}",
        ],
    )
    def test_machines_are_recognised(self, field: str) -> None:
        assert message(f"{field}\r\n{HEAD}\r\nhi").automated

    @pytest.mark.parametrize(
        "sender",
        [
            *("MAILER-DAEMON@mx.example.com", "no-reply@example.com"),
            *("support@example.test", "help+abc@example.test"),
        ],
    )
    def test_some_senders_take_no_answer(self, sender: str) -> None:
        assert message(f"From: {sender}\r\n\r\nhi").automated

    @pytest.mark.parametrize(
        "field",
        [
            *("Auto-Submitted: no", "Precedence: first-class"),
            *("Return-Path: <ann@example.com>", "X-Spam-Flag: YES"),
        ],
    )
    def test_people_are_not_taken_for_machines(self, field: str) -> None:
        assert not message(f"{field}\r\n{HEAD}\r\nhi").automated

    def test_a_contact_form_names_who_waits(self) -> None:
        raw = "From: noreply@shop.example\r\nReply-To: Ann <ann@example.com>\r\n\r\nhi"
        found = message(raw)
        assert not found.automated
        assert found.sender.address == "noreply@shop.example"
        trusted = message(raw, trust_reply_to=True)
        assert (trusted.sender.address, trusted.sender.name) == ("ann@example.com", "Ann")
        assert not trusted.sender.verified
        assert trusted.chat is None


class TestWords:
    def test_plain_words_come_as_they_are(self) -> None:
        assert words(f"{HEAD}\r\nline one\r\n  line two\r\n") == "line one\n  line two"

    @pytest.mark.parametrize("charset", ["utf-8", "us-ascii", "bogus", "", "iso-8859-1"])
    def test_utf_8_is_recognised_whatever_is_claimed(self, charset: str) -> None:
        raw = f"{HEAD}Content-Type: text/plain; charset={charset}\r\n\r\nسلام دنیا"
        assert words(raw) == "سلام دنیا"

    def test_windows_1256_is_read(self) -> None:
        raw = f"{HEAD}Content-Type: text/plain; charset=windows-1256\r\n\r\n".encode()
        assert words(raw + "سلام دنيا".encode("cp1256")) == "سلام دنيا"

    def test_a_wrong_charset_still_gives_words(self) -> None:
        raw = f"{HEAD}Content-Type: text/plain; charset=utf-8\r\n\r\n".encode()
        text = "سلام، من ديروز يك كتاب از فروشگاه شما خريدم و هنوز نرسيده است. " * 3
        assert "فروشگاه" in words(raw + text.replace("ی", "ي").encode("cp1256"))

    def test_nul_and_lone_surrogates_are_removed(self) -> None:
        assert words(HEAD.encode() + b"\r\na\0b\x1bc\r\n") == "abc"

    def test_broken_base64_gives_what_can_be_read(self) -> None:
        raw = f"{HEAD}Content-Transfer-Encoding: base64\r\n\r\naGVs*bG8g\r\nd29ybGQ\r\n!"
        assert words(raw) == "hello world"

    def test_flowed_paragraphs_are_put_together(self) -> None:
        raw = (
            f"{HEAD}Content-Type: text/plain; format=flowed\r\n\r\n"
            "one \r\ntwo\r\n three\r\n-- \r\nme"
        )
        assert words(raw) == "one two\nthree\n-- \nme"

    def test_html_alone_gives_words_and_stays_whole(self) -> None:
        raw = (
            f"{HEAD}Content-Type: text/html; charset=utf-8\r\n\r\n"
            "<style>p{}</style><p>سلام <b>دنیا</b></p><script>alert(1)</script><ul><li>یک<li>دو"
        )
        text, page = message(raw).content
        assert text == Text(text="سلام دنیا\n\n- یک\n- دو")
        assert isinstance(page, Html)
        assert "script" in page.html

    def test_the_words_of_all_text_parts_are_kept(self) -> None:
        raw = (
            f"{HEAD}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nfirst\r\n"
            "--b\r\nContent-Type: text/html\r\n\r\n<p>second</p>\r\n--b\r\n\r\nthird\r\n--b--"
        )
        text, page = message(raw).content
        assert text == Text(text="first\n\nsecond\n\nthird")
        assert isinstance(page, Html)
        assert all(one in page.html for one in ("first", "second", "third"))

    def test_a_long_text_is_cut_and_added_whole(self) -> None:
        parsed = parse(HEAD.encode() + b"\r\n" + b"a line of text\r\n" * 100_000)
        assert isinstance(parsed.inbound, Message)
        text, whole = parsed.inbound.content
        assert isinstance(text, Text)
        assert len(text.text) == 200_000
        assert isinstance(whole, Media)
        assert parsed.files[0].name == "message.txt"
        assert len(parsed.files[0].body) > 1_400_000

    def test_html_that_would_stall_a_parser_is_a_file(self) -> None:
        raw = HEAD.encode() + b"Content-Type: text/html\r\n\r\nhi" + b"<div>" * 100_000
        parsed = parse(raw)
        assert isinstance(parsed.inbound, Message)
        assert not any(isinstance(block, Html) for block in parsed.inbound.content)
        assert parsed.files[0].name == "message.html"


REPLY = f"{HEAD}In-Reply-To: {OURS}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"


class TestQuotes:
    @pytest.mark.parametrize(
        ("body", "new"),
        [
            ("Thanks!\n\nOn Mon, 21 Nov 2026 at 10:00, Support <s@x.test> wrote:\n> Hi", "Thanks!"),
            ("Yes\n\nFrom: Support\nSent: Monday\nTo: Ann\nSubject: Re: x\n\nOld words", "Yes"),
            ("ممنون\n\nدر تاریخ شنبه ۳۰ آبان ۱۴۰۵، پشتیبانی <s@x.test> نوشت:\n> سلام", "ممنون"),
            ("ممنون\n\n\u202bدر شنبه ۳۰ آبان پشتیبانی\nنوشته است:\u202c\n> سلام", "ممنون"),
            ("بله\n\nاز: پشتیبانی\nتاریخ: ۱۴۰۵/۸/۳۰\nبه: سارا\nموضوع: سفارش\n\nقدیمی", "بله"),
            ("Ja\n\nAm 21.11.2026 um 10:00 schrieb Support <s@x.test>:\n> x", "Ja"),
            ("On Monday, Support wrote:\n> one?\nfirst\n> two?\nsecond", "first\nsecond"),
            ("> only the old words", "> only the old words"),
            ("no quotes at all", "no quotes at all"),
        ],
    )
    def test_new_words_are_the_text_and_the_whole_is_beside(self, body: str, new: str) -> None:
        content = message(REPLY + body.replace("\n", "\r\n")).content
        assert content[0] == Text(text=new)
        if new != body:
            assert isinstance(content[1], Html)
            assert body.splitlines()[-1].removeprefix("> ") in content[1].html

    def test_a_first_mail_has_no_quotes(self) -> None:
        form = "From: Ann\nTo: Shop\nSubject: a form\n\n> and more"
        assert words(f"{HEAD}\r\n{form}") == form

    def test_what_is_forwarded_is_what_is_said(self) -> None:
        body = "FYI\n\nFrom: Boss\nSent: Monday\nTo: Ann\nSubject: x\n\nImportant"
        assert words(f"Subject: Fwd: x\r\n{REPLY}{body}") == body

    def test_html_quotes_are_left_out_of_the_words(self) -> None:
        raw = (
            f"{HEAD}In-Reply-To: {OURS}\r\nContent-Type: text/html\r\n\r\n<div>New</div>"
            '<div class="gmail_quote"><div class="gmail_attr">On x wrote:</div>'
            '<blockquote class="gmail_quote">Old</blockquote></div>'
        )
        text, page = message(raw).content
        assert text == Text(text="New")
        assert isinstance(page, Html)
        assert "Old" in page.html


class TestFiles:
    def test_names_are_decoded_and_made_harmless(self) -> None:
        mail = EmailMessage()
        mail["From"] = "ann@example.com"
        mail.set_content("see")
        for name in ("گزارش سالانه.pdf", "../../etc/passwd", "a" * 300 + ".png"):
            mail.add_attachment(b"x", maintype="application", subtype="pdf", filename=name)
        names = [file.name for file in parse(bytes(mail)).files]
        assert names[0] == "گزارش سالانه.pdf"
        assert "/" not in names[1]
        assert names[2].endswith("aaa.png")
        assert len(names[2]) <= 120

    def test_encoded_words_in_names_are_read_too(self) -> None:
        raw = (
            f"{HEAD}Content-Type: application/pdf\r\n"
            'Content-Disposition: attachment; filename="=?UTF-8?B?2LPZhNin2YUucGRm?="\r\n\r\nx'
        )
        [file] = parse(raw).files
        assert (file.name, file.media_type, file.body) == ("سلام.pdf", "application/pdf", b"x")

    def test_inline_pictures_keep_their_content_id(self) -> None:
        mail = EmailMessage()
        mail["From"] = "ann@example.com"
        mail.set_content("see")
        mail.add_alternative('<img src="cid:pic@x">', subtype="html")
        page = mail.get_payload()[1]  # type: ignore[index]
        page.add_related(b"\x89PNG", "image", "png", cid="<pic@x>")  # type: ignore[union-attr]
        picture = message(bytes(mail)).content[-1]
        assert isinstance(picture, Media)
        assert (picture.form, picture.inline_id) == ("image", "pic@x")

    def test_a_mail_inside_and_winmail_dat_stay_files(self) -> None:
        inner = EmailMessage()
        inner["From"] = "bob@example.com"
        inner["Subject"] = "قدیمی"
        inner.set_content("inner words")
        mail = EmailMessage()
        mail["From"] = "ann@example.com"
        mail.set_content("outer words")
        mail.add_attachment(inner)
        mail.add_attachment(
            b'x\x9f>"', maintype="application", subtype="ms-tnef", filename="winmail.dat"
        )
        parsed = parse(bytes(mail))
        assert isinstance(parsed.inbound, Message)
        assert parsed.inbound.content[0] == Text(text="outer words")
        nested, winmail = parsed.files
        assert (nested.name, nested.media_type) == ("قدیمی.eml", "message/rfc822")
        assert b"inner words" in nested.body
        assert winmail.body == b'x\x9f>"'

    def test_zip_bombs_are_not_opened(self) -> None:
        raw = f"{HEAD}Content-Type: application/zip\r\n\r\nPK\x03\x04bomb"
        assert parse(raw).files[0].body == b"PK\x03\x04bomb"


def report(kind: str, status: str, original: str) -> str:
    return (
        "From: MAILER-DAEMON@mx.example.com\r\nReturn-Path: <>\r\nMessage-ID: <r@x>\r\n"
        f"Content-Type: multipart/report; report-type={kind}; boundary=b\r\n\r\n"
        f"--b\r\n\r\nWhat people read.\r\n--b\r\nContent-Type: message/{kind}\r\n\r\n{status}\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {original}\r\n--b--"
    )


class TestReports:
    FAILED = (
        "Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; gone@example.com\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
    )

    def test_a_failure_is_a_bounce_of_our_message(self) -> None:
        found = parse(report("delivery-status", self.FAILED, OURS)).inbound
        assert isinstance(found, Receipt)
        assert (found.state, found.target) == ("bounced", OURS)
        assert found.reason == "gone@example.com: 550 5.1.1 no such user"

    def test_a_delivery_and_a_delay_are_told_apart(self) -> None:
        delivered = self.FAILED.replace("failed", "delivered")
        found = parse(report("delivery-status", delivered, OURS)).inbound
        assert isinstance(found, Receipt)
        assert found.state == "delivered"
        delayed = parse(
            report("delivery-status", self.FAILED.replace("failed", "delayed"), OURS)
        ).inbound
        assert isinstance(delayed, Message)
        assert delayed.automated

    def test_a_copy_that_came_back_is_no_bounce_of_the_answer(self) -> None:
        to_ann = f"{OURS}\r\nTo: Ann <ann@example.com>\r\nCc: gone@example.com"
        assert message(report("delivery-status", self.FAILED, to_ann)).automated
        to_both = f"{OURS}\r\nTo: Gone@Example.com, ann@example.com"
        assert isinstance(parse(report("delivery-status", self.FAILED, to_both)).inbound, Receipt)

    def test_a_report_about_somebody_elses_mail_is_shown(self) -> None:
        found = message(report("delivery-status", self.FAILED, "<other@example.com>"))
        assert found.automated

    def test_a_read_receipt(self) -> None:
        status = (
            f"Original-Message-ID: {OURS}\r\n"
            "Disposition: manual-action/MDN-sent-manually; displayed\r\n"
        )
        found = parse(report("disposition-notification", status, "<x@y>")).inbound
        assert isinstance(found, Receipt)
        assert (found.state, found.target) == ("read", OURS)


def nested(depth: int) -> bytes:
    inner = b"\r\nthe words\r\n"
    for level in range(depth):
        boundary = b"b%d" % level
        inner = b"Content-Type: multipart/mixed; boundary=%b\r\n\r\n--%b\r\n%b\r\n--%b--\r\n" % (
            boundary,
            boundary,
            inner,
            boundary,
        )
    return HEAD.encode() + inner


UGLY = {
    "nothing": b"",
    "only nul": b"\0" * 1000,
    "no blank line": b"From: ann@example.com\r\nSubject: x",
    "only line feeds": b"From: ann@example.com\n\nwords\n",
    "no boundary": HEAD.encode()
    + b"Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\nwords\r\n--x--",
    "boundary never occurs": HEAD.encode()
    + b"Content-Type: multipart/mixed; boundary=zz\r\n\r\nwords\r\n",
    "unfinished multipart": HEAD.encode()
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nwords",
    "a thousand levels": nested(1000),
    "twenty thousand parts": HEAD.encode()
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\n\r\nx\r\n" * 20_000,
    "a header bomb": HEAD.encode() + b"X-Bomb: y\r\n" * 200_000 + b"\r\nwords",
    "one endless header": HEAD.encode() + b"X: " + b"y" * 3_000_000 + b"\r\n\r\nwords",
    "nested comments": b"From: " + b"(" * 50_000 + b" ann@example.com\r\n\r\nwords",
    "parameter bomb": HEAD.encode()
    + b'Content-Type: text/plain; x="'
    + b";" * 500_000
    + b"\r\n\r\nwords",
    "deep tables": HEAD.encode() + b"Content-Type: text/html\r\n\r\n" + b"<table><tr><td>" * 20_000,
    "twenty megabytes": HEAD.encode() + b"\r\n" + b"twenty megabytes of text\r\n" * 800_000,
    "only delimiters": HEAD.encode()
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\n" * 100_000,
    "hostile introductions": (REPLY + ("On " + "x " * 140 + "\r\n") * 1500).encode(),
    "message/rfc822 in itself": HEAD.encode() + b"Content-Type: message/rfc822\r\n\r\n" * 10_000,
    "unknown encoding": HEAD.encode() + b"Content-Transfer-Encoding: gzip\r\n\r\nwords",
    "bidi in a name": HEAD.encode()
    + 'Content-Type: a/b; name="\u202egnp.exe"\r\n\r\nwords'.encode(),
}


@pytest.mark.parametrize("raw", UGLY.values(), ids=UGLY.keys())
def test_ugly_mails_are_read_and_can_be_stored(raw: bytes) -> None:
    parsed = parse(raw)
    found = parsed.inbound
    assert found.raw is not None
    assert found.raw.body == raw
    assert "could not be read" not in getattr(found, "reason", "")
    if isinstance(found, Message):
        assert load_content(dump_content(found.content)) == found.content
        assert "\0" not in found.model_dump_json(exclude={"raw"})
        for file in parsed.files:
            assert isinstance(found.content[file.block], Media)


def test_what_is_beyond_the_limits_is_told() -> None:
    for name in ("a thousand levels", "twenty thousand parts"):
        content = message(UGLY[name]).content
        assert any(isinstance(block, Media) and block.missing for block in content)


TOKENS = st.sampled_from(
    [
        b"\r\n",
        b"\n",
        b"\r",
        b"\r\n\r\n",
        b"--b",
        b"--b--",
        b"--",
        b" ",
        b"\t",
        b"\0",
        b"<",
        b">",
        b"(",
        b'"',
        b"=?utf-8?B?",
        b"=?x?Q?",
        b"?=",
        b"From: ann@example.com",
        b"To: support+tok@example.test",
        b"Content-Type: multipart/mixed; boundary=b",
        b"Content-Type: multipart/alternative; boundary=b",
        b"Content-Type: multipart/report; boundary=b",
        b"Content-Type: message/delivery-status",
        b"Content-Type: text/html; charset=utf-16",
        b"Content-Type: text/plain; format=flowed; charset=utf-7",
        b"Content-Disposition: attachment; filename*0*=utf-8''%D8; filename*1=x",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b"Authentication-Results: mx; dmarc=pass header.from=",
        b"In-Reply-To: <a@b>",
        b"On Mon, x wrote:",
        b"=3D=\r\n",
        b"<blockquote type=cite><div>",
        "سلام".encode(),
        "در تاریخ ۱ آبان نوشت:".encode(),
    ]
)
MAILS = st.lists(TOKENS | st.binary(max_size=12), max_size=40).map(b"".join)


@given(MAILS)
@example(b"")
def test_no_bytes_are_too_much(raw: bytes) -> None:
    # The inner function, because the outer one would turn a fault into an Unparsed.
    ours = settings(authserv_id="mx")
    parsed = _parse(raw, "support", ours, AT, False, None, "digest")
    assert isinstance(parsed.inbound, Message | Receipt | Unparsed)
    parsed.inbound.model_dump_json(exclude={"raw"}).encode()
    again = _parse(raw, "support", ours, AT, False, None, "digest")
    assert again == parsed


@given(st.data())
def test_no_change_of_a_good_mail_is_too_much(data: st.DataObject) -> None:
    raw = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw)))
        to = data.draw(st.integers(at, min(at + 40, len(raw))))
        raw[at:to] = data.draw(TOKENS | st.binary(max_size=8))
    _parse(bytes(raw), "support", settings(authserv_id="mx"), AT, False, None, "digest")


def _good() -> bytes:
    mail = EmailMessage()
    mail["From"] = "سارا <sara@example.com>"
    mail["To"] = "support+token@example.test"
    mail["Subject"] = "سفارش ۱۲"
    mail["Message-ID"] = "<good@example.com>"
    mail["In-Reply-To"] = OURS
    mail["Authentication-Results"] = "mx; dmarc=pass header.from=example.com"
    mail.set_content("سلام\n\nOn Monday, Support wrote:\n> hi\n")
    mail.add_alternative("<p>سلام</p><blockquote type=cite>hi</blockquote>", subtype="html")
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="عکس.png")
    return bytes(mail)


GOOD = _good()


@given(st.lists(st.lists(st.text("ab c-\n", max_size=30), min_size=1, max_size=4), max_size=4))
def test_parts_are_those_that_the_standard_library_finds(groups: list[list[str]]) -> None:
    mail = EmailMessage()
    mail["From"] = "ann@example.com"
    mail.set_content("first\n")
    for group in groups:
        for one in group:
            mail.add_attachment(one.encode(), maintype="application", subtype="x", filename="f")
    root, exceeded = read_parts(bytes(mail))
    assert not exceeded
    expected = [part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart()]
    assert [leaf.body() for leaf in root.leaves()] == expected or len(expected) == 1
