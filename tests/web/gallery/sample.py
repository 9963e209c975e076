"""Sample data for the gallery: the same small shop in English and in Persian.

Nobody in it exists; addresses are of example.com and numbers of no subscriber.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from hub.web.channels.views import AccountState
from hub.web.views import (
    Composer,
    Conversation,
    Customer,
    Day,
    Delivery,
    Due,
    Earlier,
    EventName,
    File,
    Files,
    Happened,
    Identity,
    Item,
    Letter,
    Locale,
    Note,
    Person,
    Purchase,
    Rated,
    Row,
    Said,
    Satisfaction,
    Unread,
    Viewer,
    Way,
)
from hub.web.views import Words as Plain

NOW = datetime(2026, 11, 21, 8, 26, tzinfo=UTC)
_SPACE = UUID("0190a000-0000-7000-8000-000000000000")


def made(name: str) -> UUID:
    """The same id for the same name, in every run."""
    return uuid5(_SPACE, name)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


@dataclass(frozen=True)
class Words:
    """Everything that differs by language."""

    locale: Locale
    brand: str
    agents: tuple[str, str, str]
    teams: tuple[str, ...]
    customers: tuple[str, ...]
    subjects: tuple[str, ...]
    snippets: tuple[str, ...]
    tags: tuple[tuple[str, ...], ...]
    thread: tuple[str, ...]
    rule: str
    reason: str
    broke: str
    stage: str
    facts: tuple[tuple[str, str], ...]
    purchases: tuple[tuple[str, str, str], ...]
    earlier: tuple[str, ...]
    phone: str


ENGLISH = Words(
    locale="en",
    brand="Sample Shop",
    agents=("Sara Amini", "Dara Rad", "Niloufar Mehr"),
    teams=("Support", "Orders", "Finance"),
    customers=(
        "Reza Ahmadi",
        "Laura Bennett",
        "Mina Karimi",
        "Omid Rezaei",
        "Neda Moradi",
        "Kian Sharifi",
        "Ava Jamali",
        "Parsa Nouri",
        "Tom Fischer",
        "Leila Hosseini",
    ),
    subjects=(
        "Refund for order 10391",
        "Wholesale price list",
        "Order 10482",
        "",
        "Size exchange",
        "Order 10455",
        "Gift wrapping",
        "Voice message 0:24",
        "Return label",
        "Order 10440",
    ),
    snippets=(
        "هنوز پول من برنگشته، لطفاً پیگیری کنید که کی برمی‌گردد",
        "Could you send the current list for leather goods?",
        "Could I have the invoice in our company’s name?",
        "Hello, is anybody there?",
        "عکس را فرستادم، سایز ۳۸ می‌خواهم",
        "Not delivered: mailbox full",
        "We can add a card at no cost",
        "Thanks, I’ll ask the warehouse and tell you",
        "Label arrived, I’ll post it on Monday",
        "Thank you, it arrived",
    ),
    tags=(
        ("refund",),
        ("wholesale",),
        ("order", "invoice"),
        ("new",),
        ("exchange",),
        (),
        ("order",),
        ("stock",),
        ("return",),
        ("thanks",),
    ),
    thread=(
        "Hi, I ordered the bag «کیف چرمی نیلا» on Tuesday, order 10482. Where is it?",
        "Order 10482 has not arrived",
        "I left the chat. I paid 1,850,000 toman; the receipt is attached.",
        "@Sara the courier has it at the Karaj depot; the unit number was missing.",
        "Your parcel is at the depot. Which unit are you in?",
        "Quick answer, slow courier",
        "Unit 12, پلاک ۱۸، واحد ۱۲. Could I have the invoice in our company’s name?",
        "On Friday Sample Shop wrote: we are closed on Fridays and answer on Saturday from 9:00.",
    ),
    rule="After hours",
    reason="mailbox full",
    broke="the connection broke after hand-over",
    stage="Returning",
    facts=(("Segments", "Key customer, Tehran"), ("Value", "21,450,000 toman, 12 orders")),
    purchases=(
        ("10482", "Leather bag Nila", "1,850,000"),
        ("10377", "Card holder", "640,000"),
        ("10219", "Belt, brown", "980,000"),
    ),
    earlier=("Belt exchange", "Delivery to the office in the morning", "Gift wrapping"),
    phone="+98 912 000 00 00",
)

PERSIAN = Words(
    locale="fa",
    brand="فروشگاه نمونه",
    agents=("سارا امینی", "دارا راد", "نیلوفر مهر"),
    teams=("پشتیبانی", "سفارش‌ها", "مالی"),
    customers=(
        "رضا احمدی",
        "Laura Bennett",
        "مینا کریمی",
        "امید رضایی",
        "ندا مرادی",
        "کیان شریفی",
        "آوا جمالی",
        "پارسا نوری",
        "Tom Fischer",
        "لیلا حسینی",
    ),
    subjects=(
        "بازپرداخت سفارش ۱۰۳۹۱",
        "Wholesale price list",
        "سفارش ۱۰۴۸۲",
        "",
        "تعویض سایز",
        "سفارش ۱۰۴۵۵",
        "بسته‌بندی هدیه",
        "پیام صوتی ۰:۲۴",
        "Return label",
        "سفارش ۱۰۴۴۰",
    ),
    snippets=(
        "هنوز پول من برنگشته، لطفاً پیگیری کنید که کی برمی‌گردد",
        "Could you send the current list for leather goods?",
        "فاکتور را به نام شرکت می‌خواهم",
        "سلام، کسی هست؟",
        "عکس را فرستادم، سایز ۳۸ می‌خواهم",
        "نرسید: صندوق پر است",
        "کارت تبریک هم رایگان است",
        "از انبار می‌پرسم",
        "Label arrived, I’ll post it",
        "ممنونم، رسید",
    ),
    tags=(
        ("بازپرداخت",),
        ("عمده",),
        ("سفارش", "فاکتور"),
        ("تازه",),
        ("تعویض",),
        (),
        ("سفارش",),
        ("موجودی",),
        ("مرجوعی",),
        ("تشکر",),
    ),
    thread=(
        "سلام، سه‌شنبه «کیف چرمی نیلا» را خریدم، سفارش ۱۰۴۸۲. کجاست؟",
        "سفارش ۱۰۴۸۲ نرسیده است",
        "از گفت‌وگو بیرون آمدم، اینجا می‌نویسم. ۱٬۸۵۰٬۰۰۰ تومان پرداخته‌ام؛ رسید پیوست است.",
        "@سارا بسته در انبار کرج است؛ شمارهٔ واحد نوشته نشده بود.",
        "بستهٔ شما در انبار است. کدام واحد هستید؟",
        "پاسخ سریع، پیک کند",
        "پلاک ۱۸، واحد ۱۲. فاکتور به نام شرکت Sample Trading باشد.",
        "فروشگاه نمونه نوشت: جمعه‌ها تعطیلیم و شنبه از ساعت ۹ پاسخ می‌دهیم.",
    ),
    rule="بیرون از ساعت کاری",
    reason="صندوق پر است",
    broke="پس از سپردن پیام، ارتباط قطع شد",
    stage="بازگشته",
    facts=(("گروه‌ها", "مشتری کلیدی، تهران"), ("ارزش", "۲۱٬۴۵۰٬۰۰۰ تومان، ۱۲ سفارش")),
    purchases=(
        ("10482", "کیف چرمی نیلا", "۱٬۸۵۰٬۰۰۰"),
        ("10377", "جاکارتی", "۶۴۰٬۰۰۰"),
        ("10219", "کمربند قهوه‌ای", "۹۸۰٬۰۰۰"),
    ),
    earlier=("تعویض کمربند", "تحویل در محل کار", "بسته‌بندی هدیه"),
    phone="0912 000 00 00",
)

WORDS = {"en": ENGLISH, "fa": PERSIAN}


def people(words: Words) -> tuple[Person, ...]:
    return tuple(Person(made(f"agent-{index}"), name) for index, name in enumerate(words.agents))


def teams(words: Words) -> tuple[Person, ...]:
    return tuple(
        Person(made(f"team-{index}"), name, "team") for index, name in enumerate(words.teams)
    )


def viewer(words: Words) -> Viewer:
    return Viewer(made("agent-0"), words.agents[0], "sara@example.com")


def rows(words: Words) -> list[Row]:
    """Ten conversations in every state that a row has."""
    sara, dara, niloufar = people(words)

    def row(index: int, marks: tuple[str, ...], minutes: float, **more: object) -> Row:
        base = Row(
            id=made(f"conversation-{index}"),
            number=10_000 + index,
            url=f"/conversations/{made(f'conversation-{index}')}",
            customer=words.customers[index],
            marks=marks,
            subject=words.subjects[index] or None,
            snippet=words.snippets[index],
            tags=words.tags[index],
            at=ago(minutes),
            sort=f"{index:010}",
        )
        return replace(base, **more)  # type: ignore[arg-type]

    def due(minutes: float, state: str) -> Due:
        return Due(NOW + timedelta(minutes=minutes), state)  # type: ignore[arg-type]

    return [
        row(0, ("telegram",), 52, waiting=True, unread=True, flagged=True,
            due=due(-22, "late"), assignee=dara),
        row(1, ("mail",), 41, waiting=True, unread=True, due=due(19.5, "soon"), assignee=dara),
        row(2, ("webchat", "mail", "telegram"), 4, waiting=True, due=due(56.5, "calm"),
            assignee=sara),
        row(3, ("webchat",), 2, waiting=True, unread=True, typing=True, due=due(58.5, "calm")),
        row(4, ("telegram",), 1, waiting=True, due=due(59.5, "calm"), assignee=sara),
        row(5, ("mail",), 36, by="team", failed=True, assignee=sara),
        row(6, ("webchat", "mail"), 58, by="viewer", assignee=niloufar),
        row(7, ("telegram",), 75, by="viewer", assignee=sara),
        row(8, ("mail",), 600, snoozed_until=NOW + timedelta(days=2, hours=-2, minutes=-56),
            assignee=dara),
        row(9, ("telegram", "webchat"), 900, assignee=niloufar),
    ]  # fmt: skip


def ways() -> tuple[Way, ...]:
    return (
        Way(
            "telegram:1",
            "telegram",
            "@mina_k",
            current=True,
            text_limit=4096,
            buttons=True,
            forms=("bold", "code", "italic", "link", "quote"),
        ),
        Way(
            "mail:1",
            "mail",
            "mina.k@example.com",
            copies=True,
            titled=True,
            forms=("bold", "code", "italic", "link"),
            signature=Plain("Sara\nSample Shop"),
        ),
        Way("webchat:1", "webchat", "Visitor 7f3a", text_limit=8000),
    )


def customer(words: Words) -> Customer:
    proof: tuple[Identity, ...] = (
        Identity("telegram", "@mina_k", "verified"),
        Identity("mail", "mina.k@example.com", "verified"),
        Identity("webchat", "Visitor 7f3a", "verified"),
        Identity("phone", words.phone, "claimed"),
    )
    kinds, days, scores = ("mail", "telegram", "webchat"), (70, 141, 248), (5, 4, None)
    return Customer(
        id=made("customer"),
        name=words.customers[2],
        since=datetime(2025, 3, 28, tzinfo=UTC),
        stage=words.stage,
        facts=words.facts,
        identities=proof,
        purchases=tuple(Purchase(*one) for one in words.purchases),
        purchase_count=12,
        satisfaction=Satisfaction(4.3, 9, (0.9, 0.75, 0.9, 0.9, 0.3, 0.75, 0.9, 0.9, 0.75)),
        earlier=tuple(
            Earlier(f"/conversations/{made(title)}", kind, title, ago(24 * 60 * day), score)
            for title, kind, day, score in zip(words.earlier, kinds, days, scores, strict=True)
        ),
    )


def thread(words: Words) -> list[Item]:
    """The thread of the drawing: every kind of item but a resolution."""
    who, sara = words.customers[2], words.agents[0].split()[0]
    dara, texts = words.agents[1].split()[0], words.thread
    ways_ = ways()
    return [
        Day("000001", ago(960)),
        Said(made("m1"), "000002", "customer", who, "webchat", ago(974), texts[0]),
        Happened(str(made("e1")), "000003", "replied", ago(974), actor=words.rule, rule=True,
                 why="/states"),
        Said(made("m2"), "000004", "customer", who, "mail", ago(941), texts[2],
             letter=Letter(texts[1], original="/states"),
             parts=(Plain(texts[2]), Files((File("receipt-10482.pdf", 86_016, "/states"),)))),
        Day("000005", NOW),
        Note(made("n1"), "000006", dara, ago(114), texts[3]),
        Said(made("m3"), "000007", "team", sara, "mail", ago(107), texts[4],
             delivery=Delivery("failed", reason=words.reason, code="552 5.2.2",
                               others=(ways_[0],))),
        Said(made("m4"), "000008", "team", sara, "telegram", ago(105), texts[4],
             delivery=Delivery("unconfirmed", reason=words.broke)),
        Rated(made("r1"), "000009", who.split()[0], 4, 5, ago(41), texts[5]),
        Said(made("m5"), "000010", "customer", who, "telegram", ago(4), texts[6]),
    ]  # fmt: skip


def conversation(words: Words, items: list[Item], row: Row, position: int) -> Conversation:
    return Conversation(
        id=row.id,
        number=row.number,
        state="open",
        customer=replace(customer(words), name=row.customer),
        items=tuple(items),
        position=position,
        composer=Composer(row.id, str(made(f"form-{position}")), ways()),
        subject=row.subject,
        marks=row.marks,
        due=row.due,
        assignee=row.assignee,
        agents=people(words),
        teams=teams(words),
        watching=(words.agents[1].split()[0],),
        back="/inbox",
    )


def deliveries(words: Words) -> list[Item]:
    """One answer in each state of its delivery."""
    sara, when = words.agents[0].split()[0], ago(105)
    return [
        Said(made(f"d-{state}"), f"{index:02}", "team", sara, "telegram", when, "Hello · سلام",
             delivery=Delivery(state, when, words.reason if state == "failed" else None,
                               "552 5.2.2" if state == "failed" else None,
                               others=ways()[:1] if state == "failed" else ()))
        for index, state in enumerate(
            ("queued", "scheduled", "sending", "sent", "delivered", "read", "unconfirmed",
             "failed", "cancelled")
        )
    ]  # fmt: skip


def oddities(words: Words) -> list[Item]:
    """What is rarer: a long letter, other people, files in each state, every other event."""
    who, sara = words.customers[2], words.agents[0].split()[0]
    long = "\n".join(f"{number}. {words.thread[2]}" for number in range(1, 61))
    files = (
        File("photo.jpg", 120_000, "/assets/missing.jpg", form="picture"),
        File("box.jpg", 90_000, "/assets/missing.jpg", form="picture", width=400, height=300),
        File("voice.ogg"),
        File("voice.ogg", 900, "/assets/missing.ogg", form="sound", seconds=24.2, voice=True),
        File("terms.pdf", 900, "/states", form="pdf"),
        File("huge.zip", 90_000_000, missing=words.reason),
        File("an-exceedingly-long-name-of-a-file-that-nobody-would-choose.pdf", 900, "/states"),
    )
    events: tuple[tuple[EventName, str | None, bool, str | None], ...] = (
        ("opened", None, False, None),
        ("assigned", words.rule, True, sara),
        ("assigned", sara, False, sara),
        ("assigned_team", sara, False, words.teams[1]),
        ("unassigned", sara, False, None),
        ("resolved", sara, False, None),
        ("reopened", None, False, None),
        ("reopened", sara, False, None),
        ("tagged", words.rule, True, words.tags[0][0]),
        ("silent", words.rule, True, words.reason),
        ("joined", None, False, words.customers[1]),
        ("undone", sara, False, None),
        ("prioritised", words.rule, True, "2"),
        ("untagged", sara, False, words.tags[0][0]),
        ("snoozed", sara, False, None),
        ("topic", sara, False, words.tags[0][0]),
        ("renamed", sara, False, None),
        ("merged", sara, False, None),
        ("called", words.rule, True, None),
        ("other", None, False, None),
    )
    return [
        Unread("20"),
        Said(made("o1"), "21", "customer", who, "mail", ago(30), long,
             letter=Letter(words.thread[1], to=("support@example.com",), cc=("boss@example.com",),
                           original="/states")),
        Said(made("o2"), "22", "customer", words.customers[1], "mail", ago(29), words.thread[2],
             participant=True, edited=True, letter=Letter()),
        Said(made("o3"), "23", "customer", who, "telegram", ago(28), "", deleted=True),
        Said(made("o4"), "24", "customer", who, "telegram", ago(27), words.thread[0],
             head=False, parts=(Plain(words.thread[0]), Files(files))),
        Said(made("o5"), "25", "team", words.rule, "webchat", ago(26), words.thread[4],
             rule=words.rule, choices=words.teams, delivery=Delivery("delivered", ago(26))),
        Note(made("o6"), "26", sara, ago(25), f"{words.thread[3]}\n\nhttps://example.com/order"),
        *(
            Happened(f"h-{what}", f"27{index:02}", what, ago(24), actor=actor, rule=rule,
                     thing=thing, text=words.reason)
            for index, (what, actor, rule, thing) in enumerate(events)
        ),
    ]  # fmt: skip


def accounts() -> tuple[AccountState, ...]:
    """Accounts in each state."""
    refused = (
        "Authentication failed: the server at imap.example.com refused the password (NO LOGIN)"
    )
    return (
        AccountState("sales-bot", "telegram", "running", ago(9000), "@sample_bot", 0.4, ago(4)),
        AccountState("site", "webchat", "running", ago(9000), None, 0.02, ago(2), queue=3),
        AccountState("support-mail", "mail", "waiting", ago(18), "support@example.com", 95,
                     ago(41), refused, ago(1), NOW + timedelta(seconds=40), 2, 1),
        AccountState("old-mail", "mail", "invalid", ago(60), last_error="‘imap.host’ is missing",
                     last_error_at=ago(60)),
        AccountState("trial", "memory", "starting", ago(0.1)),
    )  # fmt: skip
