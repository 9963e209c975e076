"""Every page with its path, its method and who may use it. A page that is not here is not there."""

from __future__ import annotations

from typing import Final

from hub.agents.rights import Right
from hub.web import (
    audit,
    bulk,
    conversation,
    density,
    head,
    health,
    inbox,
    live_stream,
    me,
    notifications,
    outside,
    preview,
    sign_in,
    suggesting,
    why,
)
from hub.web.account import notices, security
from hub.web.acts import deliveries, drafting, lifecycle, replying, together, undoing
from hub.web.asked import Entry
from hub.web.attributes import ROUTES as ATTRIBUTES
from hub.web.blocked import ROUTES as BLOCKED
from hub.web.channels.pages import ROUTES as CHANNELS
from hub.web.customers.pages import ROUTES as CUSTOMERS
from hub.web.finding.pages import ROUTES as FINDING
from hub.web.macros.pages import ROUTES as MACROS
from hub.web.organisation.pages import ROUTES as ORGANISATION
from hub.web.people.pages import ROUTES as PEOPLE
from hub.web.reference import ROUTES as REFERENCE
from hub.web.replies.pages import ROUTES as REPLIES
from hub.web.routing.pages import ROUTES as ROUTING
from hub.web.rules import ROUTES as RULES
from hub.web.satisfaction import ROUTES as SATISFACTION
from hub.web.saved_views import ROUTES as VIEWS
from hub.web.segments import ROUTES as SEGMENTS
from hub.web.system.page import ROUTES as SYSTEM
from hub.web.tags import ROUTES as TAGS
from hub.web.threads import ROUTES as THREADS
from hub.web.tokens.pages import ROUTES as TOKENS
from hub.web.topics import ROUTES as TOPICS
from hub.web.webhooks import ROUTES as WEBHOOKS

CONVERSATION: Final = "/conversations/{id:uuid}"
SECURITY: Final = security.PAGE
MESSAGE: Final = CONVERSATION + "/messages/{message:uuid}"
LINK: Final = "the signed link is the key, and a customer has no other"

ROUTES: Final[tuple[Entry, ...]] = (
    Entry("GET", "/sign-in", sign_in.form, None, "nobody is signed in yet"),
    Entry("POST", "/sign-in", sign_in.sign_in, None, "nobody is signed in yet"),
    Entry("POST", "/sign-in/code", sign_in.code, None, "the password was right, nobody is in yet"),
    Entry("POST", "/sign-out", sign_in.sign_out, Right.OWN_SETTINGS),
    Entry("GET", "/", inbox.home, Right.READ),
    Entry("GET", "/inbox", inbox.show, Right.READ),
    Entry("GET", "/inbox/rows", inbox.some, Right.READ),
    Entry("GET", "/inbox/work", bulk.work, Right.READ),
    # A thousand ids of selected conversations fit.
    Entry("POST", "/inbox/bulk", bulk.act, Right.WRITE),
    Entry("POST", "/inbox/bulk/{together:uuid}/undo", bulk.undo, Right.WRITE),
    Entry("POST", "/inbox/work/{job:uuid}/stop", bulk.stop, Right.WRITE),
    Entry("POST", "/inbox/work/{job:uuid}/undo", bulk.undo_work, Right.WRITE),
    Entry("POST", "/me/density", density.choose, Right.OWN_SETTINGS),
    Entry("GET", CONVERSATION, conversation.show, Right.READ),
    Entry("GET", CONVERSATION + "/thread", conversation.part, Right.READ),
    Entry("GET", CONVERSATION + "/why/{result:uuid}", why.show, Right.READ),
    Entry("GET", MESSAGE + "/why", why.of_message, Right.READ),
    Entry("GET", "/live", live_stream.live, Right.READ),
    Entry("GET", CONVERSATION + "/draft", drafting.show, Right.WRITE),
    Entry("POST", CONVERSATION + "/draft", drafting.keep, Right.WRITE, body=2_000_000),
    # A file is limited while it is stored.
    Entry("POST", CONVERSATION + "/files", drafting.upload, Right.WRITE, body=None),
    Entry("POST", "/preview", preview.show, Right.OWN_SETTINGS, body=2_000_000),
    Entry("GET", CONVERSATION + "/templates", suggesting.templates, Right.WRITE),
    Entry("GET", CONVERSATION + "/people", suggesting.people, Right.WRITE),
    Entry("POST", CONVERSATION + "/here", together.here, Right.READ),
    Entry("POST", CONVERSATION + "/follow", together.follow, Right.READ),
    Entry("POST", CONVERSATION + "/take", together.take_over, Right.WRITE),
    Entry("POST", MESSAGE + "/take-back", replying.take_back, Right.WRITE),
    Entry("POST", MESSAGE + "/take-back/{act:uuid}", replying.take_back, Right.WRITE),
    Entry("GET", "/notifications", notifications.show, Right.READ),
    Entry("GET", "/notifications/told", notifications.told, Right.READ),
    Entry("POST", "/notifications/seen", notifications.seen, Right.READ),
    # Files are limited one by one while they are stored.
    Entry("POST", CONVERSATION + "/reply", replying.reply, Right.WRITE, body=None),
    Entry("POST", CONVERSATION + "/note", replying.note, Right.WRITE, body=2_000_000),
    Entry("POST", CONVERSATION + "/assign", lifecycle.assign, Right.WRITE),
    Entry("POST", CONVERSATION + "/resolve", lifecycle.resolve, Right.WRITE),
    Entry("POST", CONVERSATION + "/reopen", lifecycle.reopen, Right.WRITE),
    Entry("POST", CONVERSATION + "/wait", lifecycle.wait, Right.WRITE),
    Entry("POST", CONVERSATION + "/snooze", lifecycle.snooze, Right.WRITE),
    Entry("POST", CONVERSATION + "/spam", lifecycle.spam, Right.WRITE),
    Entry("POST", CONVERSATION + "/priority", lifecycle.prioritise, Right.WRITE),
    Entry("POST", CONVERSATION + "/tags", lifecycle.tag, Right.WRITE),
    Entry("POST", CONVERSATION + "/subject", lifecycle.subject, Right.WRITE),
    Entry("POST", CONVERSATION + "/topic", lifecycle.topic, Right.WRITE),
    Entry("GET", CONVERSATION + "/tags", head.tag_rows, Right.READ),
    Entry("GET", "/snooze", head.understood, Right.READ),
    Entry("POST", CONVERSATION + "/seen", lifecycle.seen, Right.READ),
    Entry("POST", CONVERSATION + "/unseen", lifecycle.unseen, Right.READ),
    Entry("POST", CONVERSATION + "/undo/{act:uuid}", undoing.undo, Right.WRITE),
    Entry("POST", CONVERSATION + "/undo-rule/{sequence:int}", undoing.undo_rule, Right.WRITE),
    Entry("POST", MESSAGE + "/retry", deliveries.retry, Right.WRITE),
    Entry("POST", MESSAGE + "/arrived", deliveries.arrived, Right.WRITE),
    Entry("POST", MESSAGE + "/resend", deliveries.resend, Right.WRITE),
    Entry("POST", MESSAGE + "/cancel", deliveries.cancel, Right.WRITE),
    Entry("GET", "/me", me.show, Right.OWN_SETTINGS),
    Entry("POST", "/me", me.save, Right.OWN_SETTINGS),
    Entry("POST", "/me/presence", me.choose_presence, Right.OWN_SETTINGS),
    Entry("POST", "/me/active", me.be_active, Right.OWN_SETTINGS),
    Entry("GET", notices.PAGE, notices.show, Right.OWN_SETTINGS),
    Entry("POST", notices.PAGE, notices.save, Right.OWN_SETTINGS),
    Entry("POST", notices.PAGE + "/link", notices.link, Right.OWN_SETTINGS),
    Entry("POST", notices.PAGE + "/unlink", notices.unlink, Right.OWN_SETTINGS),
    Entry("GET", SECURITY, security.show, Right.OWN_SETTINGS),
    Entry("POST", SECURITY + "/password", security.change_password, Right.OWN_SETTINGS),
    Entry("POST", SECURITY + "/sign-ins/end", security.end_one, Right.OWN_SETTINGS),
    Entry("POST", SECURITY + "/sign-ins/end-others", security.end_others, Right.OWN_SETTINGS),
    Entry("POST", SECURITY + "/second-step", security.offer_second_step, Right.OWN_SETTINGS),
    Entry(
        "POST", SECURITY + "/second-step/confirm", security.confirm_second_step, Right.OWN_SETTINGS
    ),
    Entry("POST", SECURITY + "/second-step/off", security.turn_off_second_step, Right.OWN_SETTINGS),
    Entry("POST", SECURITY + "/recovery-codes", security.renew_codes, Right.OWN_SETTINGS),
    *THREADS,
    *CHANNELS,
    *CUSTOMERS,
    *FINDING,
    *MACROS,
    *ATTRIBUTES,
    *BLOCKED,
    *TAGS,
    *TOPICS,
    *ORGANISATION,
    *PEOPLE,
    *REFERENCE,
    *REPLIES,
    *ROUTING,
    *SYSTEM,
    Entry("GET", "/audit", audit.show, Right.SEE_AUDIT),
    Entry("GET", "/audit/rows", audit.rows, Right.SEE_AUDIT),
    Entry("GET", "/audit.csv", audit.export, Right.SEE_AUDIT),
    *RULES,
    *SATISFACTION,
    *SEGMENTS,
    *TOKENS,
    *VIEWS,
    *WEBHOOKS,
    Entry("GET", "/r/{token}", outside.survey, None, LINK),
    Entry("POST", "/r/{token}", outside.rate, None, LINK, form=False),
    Entry("GET", "/n/{token}", outside.not_theirs, None, LINK),
    Entry("POST", "/n/{token}", outside.stop, None, LINK, form=False),
    Entry("GET", "/healthz", health.healthz, None, "it names nothing, and balancers ask it"),
    Entry("GET", "/metrics", health.metrics, None, "it asks for a token or this machine itself"),
)
