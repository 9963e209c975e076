"""The pages of the administration, with samples of everything that they show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from channels.webchat.settings import WebchatSettings
from hub.calendars import Hours
from hub.conversations.tag_book import OneTag
from hub.customers.attributes import Attribute
from hub.web.attributes.views import AttributesPage
from hub.web.blocked.views import BlockedPage, Sender
from hub.web.channels import forms
from hub.web.channels.views import AccountPage, AccountState
from hub.web.organisation.hours import form_of
from hub.web.organisation.views import Arrived, FirstMessage, WayIn
from hub.web.people.views import Forgotten
from hub.web.reference.page import read
from hub.web.reference.views import PartPage, ReferencePage
from hub.web.routing.views import TeamHours
from hub.web.tags.views import TagPage, TagsPage
from hub.web.tokens.views import Made, ScopeChoice, TokenRow, TokensPage
from hub.web.views import Person
from hub.web.words import words
from tests.web.gallery import replies
from tests.web.gallery.sample import NOW, ago, made

TAGS = (
    OneTag("bill", {"en": "About money", "fa": "دربارهٔ پول"}, retired=False, conversations=120,
           customers=3),
    OneTag("پیگیری", {}, retired=True, conversations=4, customers=0),
)  # fmt: skip
HOURS = Hours.model_validate(
    {"time_zone": "UTC", "week": {"sat": [["09:00", "13:00"]]}, "holidays": ["IR"]}
)
TOKEN = TokenRow(
    id=made("token"),
    name="Sample shop",
    prefix="payam_abcd",
    agent="Sara",
    may=("Read conversations",),
    created_at=ago(5000),
    created_by="Sara",
    expires_at=ago(-5000),
    used_at=ago(10),
    used_from="192.0.2.1",
    revoked_at=None,
    soon=True,
    manageable=True,
)
ABOUT_API, PARTS, PROBLEMS = read()
VIEWS = {
    **replies.VIEWS,
    "api": ReferencePage("https://hub.example/api/v1", ABOUT_API, PARTS, PROBLEMS),
    "api-part": PartPage(
        "https://hub.example/api/v1", next(one for one in PARTS if one.name == "messages"), PARTS
    ),
    "tags": TagsPage(TAGS, more={"after": "bill"}, going=("late",), errors={"name": "Write it."}),
    "tag": TagPage(
        TAGS[0],
        {"new": "late"},
        {"new": "It is there.", "sure": "Say so."},
        "late",
        ("refunds-to-leads",),
        ("troubled",),
    ),
    "attributes": AttributesPage(
        (
            Attribute("tier", {"en": "Tier", "fa": "رده"}, "choice", ("gold", "silver")),
            Attribute("born", {"en": "Birthday"}, "day", retired=True),
        ),
        {"form": "choice"},
        {"name": "Write a name.", "choices": "Write some."},
    ),
    "blocked": BlockedPage(
        (
            Sender("mail", "@spam.example", "@spam.example", "Sample reason", ago(90), "Sara"),
            Sender("telegram", "4242", "4242", None, ago(9000), None),
        ),
        ("mail", "telegram"),
        changes=True,
        more={"kind": "mail", "after": "x"},
        errors={"address": "Write an address."},
    ),
    "hours": TeamHours(made("team"), "Night shift", own=True, hours=form_of(HOURS, "jalali")),
    "message": FirstMessage(
        (
            WayIn("site", "webchat", None, None),
            WayIn("letters", "mail", None, "help@example.com"),
        ),
        datetime(2026, 11, 22, tzinfo=UTC).isoformat(),
        Arrived(made("one"), 12),
    ),
    "tokens": TokensPage(
        live=(TOKEN, replace(TOKEN, id=made("old"), may=("Read", "Answer", "Export", "Erase"))),
        ended=(replace(TOKEN, id=made("gone"), revoked_at=ago(100)),),
        scopes=(
            ScopeChoice("read", "Read conversations", changes=False, chosen=True),
            ScopeChoice("write", "Answer", changes=True, chosen=False),
        ),
        agents=(Person(made("sara"), "Sara"),),
        days=(7, 90, None),
        address="https://hub.example/api/v1",
        errors={"scopes": "Choose what it may do.", "name": "Write which program uses it."},
        made=Made("Sample shop", "payam_sample"),
    ),
    "forgotten": Forgotten(can=True, address="sara@", errors={"address": "This is no address."}),
    "widget": AccountPage(
        account=AccountState("site", "webchat", "running", NOW),
        stored=True,
        manages=True,
        fields=forms.fields_of(WebchatSettings, {"accent": "#0a6b4f"}, words("en")),
        errors={"accent": "This is not a colour."},
        snippet='<script src="https://hub.example/c/site/widget.js" defer></script>',
    ),
}
"""Each page by the name that the gallery has for it."""
