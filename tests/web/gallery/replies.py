"""The pages of reply templates, with samples of everything that they show."""

from __future__ import annotations

from hub.message import Blob, Button, Buttons, Media, Text
from hub.replies import FILTERS, VARIABLES, Key
from hub.replies.attached import Attached
from hub.replies.cards import Card
from hub.replies.drafts import Draft
from hub.replies.editing import Saving, Variant
from hub.replies.filters import MEANINGS
from hub.replies.uses import Uses
from hub.satisfaction.results import Tally
from hub.web.replies.views import (
    EditorPage,
    Fault,
    HistoryPage,
    Listed,
    Preview,
    Previews,
    TemplatesPage,
)
from hub.web.rules.comparing import compared
from hub.web.views import Person
from tests.web.gallery.sample import ago, made

KEY, PAGE = Key("away", "en"), Key("away", "en", "html")
SOURCE = "Nobody is in the office.\n--- buttons ---\n[Our shop](https://shop.example.org)\n"
FILE = Blob(key="ab/1", digest="d", size=9, media_type="application/pdf", name="prices.pdf")
CARD = Card("away", "Sample purpose", team_id=made("team"), tags=("hours",))
TEAMS = (Person(made("team"), "Sales", "team"),)
TEXTS = (
    Variant(KEY, 2, SOURCE, "edited", ago(90), "Sara"),
    Variant(PAGE, 1, "<p>Away</p>", "shipped", ago(9000), None),
    Variant(KEY._replace(form="telegram.txt"), 1, "Away", "own", ago(90), None),
)
SAID = Text(text="Nobody is in the office.")
BUTTONS = Buttons(rows=((Button(label="Our shop", url="https://shop.example.org"),),))
VIEWS = {
    "templates": TemplatesPage(
        (
            Listed(
                "away", TEXTS, "Nobody", 2, CARD, CARD.purpose, "Sales", changes=True, drafted=True,
                uses=Uses(120, ago(5)), tally=Tally(count=40, total=170, good=30, bad=2),
            ),
            Listed(
                "own", (), "", 0, Card("own", agent_id=made("me")), "", None, changes=True,
                drafted=False, uses=None, tally=Tally(count=3, total=9, good=1, bad=1),
            ),
        ),
        tags=("hours", "orders"), tag="hours", put_away=3, teams=TEAMS, shares=True,
        errors={"name": "Write a short name."},
    ),
    "template": EditorPage(
        key=KEY, source=SOURCE, base=2, state="edited", others=(KEY, Key("away", "fa")),
        forms=((KEY, True), (PAGE, True), (KEY._replace(form="mail.txt"), False)),
        draft=Draft(SOURCE, 1, 3, ago(5), "Sara"), card=CARD, purpose=CARD.purpose, changes=True,
        shares=True, teams=TEAMS, used=("away", "survey main"),
        files=(Attached(made("file"), None, Media(form="document", blob=FILE)),),
        variables=dict(VARIABLES), filters={name: MEANINGS[name] for name in sorted(FILTERS)},
        previews=Previews(
            "en", "known",
            shown=(
                Preview("mail", SAID, BUTTONS, (FILE,), subject="Your order", beside=True),
                Preview("telegram", SAID, BUTTONS, (FILE,)),
                Preview("webchat", SAID),
                Preview("mail", SAID, html="<p>Nobody is in the office.</p>"),
            ),
            faults=(Fault(2, "there is no variable 'hour'"),),
        ),
        accounts=(("support", "mail"), ("bot", "telegram")),
        faults=(Fault(None, "it gives an empty text"),), conflict=compared("Theirs", SOURCE),
    ),
    "revisions": HistoryPage(
        key=KEY, savings=(
            Saving(2, SOURCE, False, ago(90), "Sara"), Saving(1, "Away", True, ago(9000), None)
        ),
        opened=Saving(1, "Away", True, ago(9000), None), live=2, lines=compared("", "Away"),
        against=compared(SOURCE, "Away"), differs=compared("Away", SOURCE), older=1,
        shippable=True, changes=True,
    ),
}  # fmt: skip
