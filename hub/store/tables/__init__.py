"""All tables. Importing this package registers every one of them with the metadata."""

from sqlmodel import SQLModel

from hub.store.tables import naming as naming  # first: names are given when a table is declared
from hub.store.tables.automation import RuleResult, RuleRevision, TemplateRevision, TrialDifference
from hub.store.tables.conversations import Act, Conversation, ConversationTag, Participant
from hub.store.tables.customers import (
    Consent,
    Customer,
    CustomerNote,
    CustomerSegment,
    CustomerTag,
    CustomerTopic,
    Identity,
    Purchase,
    PurchaseLine,
    Segment,
    SourceVisit,
    StageChange,
    Topic,
)
from hub.store.tables.messages import (
    Attachment,
    Blob,
    Content,
    Delivery,
    ExternalRef,
    Message,
    RawOriginal,
    Reaction,
    SearchEntry,
)
from hub.store.tables.notifications import Notification
from hub.store.tables.people import Agent, Audit, Brand, SignIn, Team, TeamMember
from hub.store.tables.routing import (
    Availability,
    OpenTab,
    RoutingDecision,
    RoutingWait,
    SlaClock,
    SlaPolicy,
)
from hub.store.tables.satisfaction import Rating, Survey, SurveyCredit
from hub.store.tables.work import (
    AccountState,
    Consumer,
    Counter,
    Cursor,
    Event,
    FormKey,
    Job,
    Lane,
    Lease,
    Outgoing,
    Timer,
)
from hub.store.tables.webhooks import WebhookCall

metadata = SQLModel.metadata

__all__ = [
    "AccountState",
    "Act",
    "Agent",
    "Attachment",
    "Audit",
    "Availability",
    "Blob",
    "Brand",
    "Consent",
    "Consumer",
    "Content",
    "Conversation",
    "ConversationTag",
    "Counter",
    "Cursor",
    "Customer",
    "CustomerNote",
    "CustomerSegment",
    "CustomerTag",
    "CustomerTopic",
    "Delivery",
    "Event",
    "ExternalRef",
    "FormKey",
    "Identity",
    "Job",
    "Lane",
    "Lease",
    "Message",
    "OpenTab",
    "Notification",
    "Outgoing",
    "Participant",
    "Purchase",
    "PurchaseLine",
    "Rating",
    "RawOriginal",
    "Reaction",
    "RoutingDecision",
    "RoutingWait",
    "RuleResult",
    "RuleRevision",
    "SearchEntry",
    "Segment",
    "SignIn",
    "SlaClock",
    "SlaPolicy",
    "SourceVisit",
    "StageChange",
    "Survey",
    "SurveyCredit",
    "Team",
    "TeamMember",
    "TemplateRevision",
    "Timer",
    "Topic",
    "TrialDifference",
    "WebhookCall",
    "metadata",
]
