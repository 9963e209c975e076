"""What the pages show: immutable view models, filled from the store and rendered by templates.

Every class with a `template` is rendered whole by `hub.web.environment.render`. The others are
parts of those. All times are aware and in UTC; the templates show them by `Page.viewer`'s calendar
and time zone. All texts that people wrote are plain and unescaped. `position` is a place in the
event log, opaque and not a number: a browser that holds it asks for what came after.

A *fragment* answers a request made by htmx with `HX-Request-Type: partial`. It is a row of
elements with ids: what the page already has is morphed, what it lacks goes into its own
`data-place`, ordered by `data-key` (see `assets/js/page/place.js`).
"""

from hub.web.views.composer import Composer, Draft, Overtaken, Preview
from hub.web.views.conversation import (
    Conversation,
    Inbox,
    MoreItems,
    Update,
)
from hub.web.views.customer import Customer, Earlier, Identity, Purchase, Satisfaction
from hub.web.views.head import TopicChoice
from hub.web.views.listing import (
    Acted,
    Conversations,
    Due,
    OlderRows,
    Row,
    Rows,
    Sorting,
    Work,
    Working,
)
from hub.web.views.others import Failure, HeldFile, Settings, SignIn
from hub.web.views.page import (
    Calendar,
    Digits,
    Direction,
    Locale,
    Page,
    Person,
    Place,
    Rail,
    Shown,
    Theme,
    Toast,
    Viewer,
)
from hub.web.views.thread import (
    Day,
    Delivery,
    DeliveryState,
    EventName,
    File,
    FileForm,
    Files,
    Happened,
    Item,
    Letter,
    Note,
    Part,
    Questions,
    Quoted,
    Rated,
    Remark,
    Said,
    Spot,
    Thing,
    Unread,
    VisitingCard,
    Way,
    Words,
)

__all__ = [
    "Acted",
    "Calendar",
    "Composer",
    "Conversation",
    "Conversations",
    "Customer",
    "Day",
    "Delivery",
    "DeliveryState",
    "Digits",
    "Direction",
    "Draft",
    "Due",
    "Earlier",
    "EventName",
    "Failure",
    "File",
    "FileForm",
    "Files",
    "Happened",
    "HeldFile",
    "Identity",
    "Inbox",
    "Item",
    "Letter",
    "Locale",
    "MoreItems",
    "Note",
    "OlderRows",
    "Overtaken",
    "Page",
    "Part",
    "Person",
    "Place",
    "Preview",
    "Purchase",
    "Questions",
    "Quoted",
    "Rail",
    "Rated",
    "Remark",
    "Row",
    "Rows",
    "Said",
    "Satisfaction",
    "Settings",
    "Shown",
    "SignIn",
    "Sorting",
    "Spot",
    "Theme",
    "Thing",
    "Toast",
    "TopicChoice",
    "Unread",
    "Update",
    "Viewer",
    "VisitingCard",
    "Way",
    "Words",
    "Work",
    "Working",
]
