"""What a page writes, a program can write too; or it is said here why not."""

from __future__ import annotations

from hub.web.api.resources import RESOURCES
from hub.web.routes import ROUTES

ONE_SIDED = {
    "/sign-in": "a token is the way in of programs",
    "/sign-in/code": "a token is the way in of programs",
    "/sign-out": "a program has no browser that is signed in; its token is revoked",
    "/forgotten": "a program has no password",
    "/join/{token}": "whoever was invited chooses a password themselves",
    "/first/{token}": "nobody is there yet who could have made a token",
    "/r/{token}": "the customer's own link",
    "/n/{token}": "the customer's own link",
    "/me": "language, theme and keys are of an agent's own browser",
    "/me/density": "of an agent's own browser",
    "/me/active": "a program does not sit in front of a screen",
    "/customers/columns": "which columns an agent looks at",
    "/conversations/{id:uuid}/here": "a program does not look at a screen while others write",
    "/me/notices": "where an agent wants to be told of news is their own choice",
    "/me/notices/link": "an agent proves that the account is theirs",
    "/me/notices/unlink": "an agent's own account",
    "/me/security/password": "nobody but its agent changes a password, by proof of the old one",
    "/me/security/sign-ins/end": "an agent's own browsers, by proof of the password",
    "/me/security/sign-ins/end-others": "an agent's own browsers, by proof of the password",
    "/me/security/second-step": "a device in an agent's own hand",
    "/me/security/second-step/confirm": "a device in an agent's own hand",
    "/me/security/second-step/off": "by proof of the password",
    "/me/security/recovery-codes": "by proof of the password",
    "/set-up/skip": "steps of a page that leads through the first set-up",
    "/set-up/over": "steps of a page that leads through the first set-up",
    "/files/{message:uuid}/{position:int}/held": "whoever opens what may do harm says so by hand",
    "/channels/{account}/look": "shows a sample page before anything is saved",
    "/preview": "shows an answer as it will look while it is written; nothing is written",
    "/rules/try": "shows on the page what a draft would do; nothing is written",
    "/rules/simulator": "shows on the page what a draft would do; nothing is written",
    "/rules/dry-run": "opens the page from which a dry run is started",
    "/segments/check": "checks while somebody types; saving checks the same",
    "/views/check": "checks while somebody types; saving checks the same",
    "/templates/{name}/{locale}/preview": "shows a text while it is written; nothing is written",
    "/templates/{name}/{locale}/test": "shows an agent, in their own chat, what they wrote",
}
"""Pages that write and have no counterpart, by path."""
TWINS = {
    "/inbox/bulk": ("POST /acts", "POST /acts/on-view"),
    "/inbox/bulk/{together:uuid}/undo": ("POST /acts/undo",),
    "/inbox/work/{job:uuid}/stop": ("POST /jobs/{job_id}/stop",),
    "/inbox/work/{job:uuid}/undo": ("POST /jobs/{job_id}/undo",),
    "/conversations/{id:uuid}/draft": ("PUT /conversations/{conversation_id}/drafts/{kind}",),
    "/conversations/{id:uuid}/files": ("POST /uploads",),
    "/conversations/{id:uuid}/follow": (
        "PUT /conversations/{conversation_id}/following",
        "DELETE /conversations/{conversation_id}/following",
    ),
    "/conversations/{id:uuid}/reply": ("POST /conversations/{conversation_id}/replies",),
    "/conversations/{id:uuid}/note": ("POST /conversations/{conversation_id}/notes",),
    "/conversations/{id:uuid}/seen": ("POST /conversations/{conversation_id}/seen",),
    "/conversations/{id:uuid}/unseen": ("POST /conversations/{conversation_id}/unseen",),
    "/conversations/{id:uuid}/undo/{act:uuid}": ("POST /conversations/{conversation_id}/undo",),
    "/conversations/{id:uuid}/undo-rule/{sequence:int}": (
        "POST /conversations/{conversation_id}/undo-rule/{sequence}",
    ),
    "/conversations/{id:uuid}/merge": ("POST /conversations/{conversation_id}/merge",),
    "/conversations/{id:uuid}/move": ("POST /conversations/{conversation_id}/move",),
    "/conversations/{id:uuid}/macro": ("POST /conversations/{conversation_id}/macro",),
    "/notifications/seen": ("POST /notifications/seen",),
    "/me/presence": ("PUT /me/presence",),
    "/channels/new/{offer}": ("POST /accounts",),
    "/channels/{account}": ("PATCH /accounts/{account}",),
    "/channels/{account}/test": ("POST /accounts/{account}/test",),
    "/channels/{account}/aside/{original:uuid}": ("POST /accounts/{account}/aside/{original_id}",),
    "/customers/duplicates/dismiss": ("POST /duplicates/dismiss",),
    "/customers/merge": ("POST /customer-merges",),
    "/customers/merges/{merge:uuid}/undo": ("POST /customer-merges/{merge_id}/undo",),
    "/customers/{id:uuid}/edit": ("PATCH /customers/{customer_id}",),
    "/customers/{id:uuid}/notes": ("POST /customers/{customer_id}/notes",),
    "/customers/{id:uuid}/notes/{note:uuid}/remove": (
        "DELETE /customers/{customer_id}/notes/{note_id}",
    ),
    "/customers/{id:uuid}/consent": ("PUT /customers/{customer_id}/consents/{purpose}",),
    "/customers/{id:uuid}/block": ("PUT /customers/{customer_id}/block",),
    "/customers/{id:uuid}/unblock": ("DELETE /customers/{customer_id}/block",),
    "/customers/{id:uuid}/identities": ("POST /customers/{customer_id}/addresses",),
    "/customers/{id:uuid}/identities/{identity:uuid}/verify": (
        "POST /customers/{customer_id}/addresses/{identity_id}/verify",
    ),
    "/customers/{id:uuid}/identities/{identity:uuid}/unlink": (
        "DELETE /customers/{customer_id}/addresses/{identity_id}",
    ),
    "/customers/{id:uuid}/export": ("POST /customers/{customer_id}/export",),
    "/customers/jobs/{job:uuid}/stop": ("POST /jobs/{job_id}/stop",),
    "/customers/{id:uuid}/erase": ("POST /customers/{customer_id}/erase",),
    "/customers/{id:uuid}/undo/{act:uuid}": ("POST /customers/{customer_id}/undo",),
    "/customers/privacy": ("PUT /keeping",),
    "/macros/new": ("POST /macros",),
    "/macros/{macro:uuid}": ("PATCH /macros/{macro_id}",),
    "/macros/{macro:uuid}/delete": ("DELETE /macros/{macro_id}",),
    "/macros/{macro:uuid}/restore": ("POST /macros/{macro_id}/restore",),
    "/attributes": ("POST /attributes",),
    "/attributes/move": ("POST /attributes/move",),
    "/blocked": ("POST /blocked-senders",),
    "/blocked/unblock": ("POST /blocked-senders/unblock",),
    "/tags/rename": ("POST /tags/rename",),
    "/tags/take-off": ("POST /tags/take-off",),
    "/topics": ("POST /topics",),
    "/topics/{topic:uuid}/move": ("POST /topics/{topic_id}/move",),
    "/organisation": ("PATCH /organisation",),
    "/organisation/hours": ("PUT /organisation/hours",),
    "/people": ("POST /people",),
    "/templates": ("POST /templates",),
    "/templates/{name}/duplicate": ("POST /templates/{name}/duplicate",),
    "/templates/{name}/{locale}": ("PUT /templates/{name}/texts/{locale}",),
    "/templates/{name}/{locale}/discard": ("DELETE /templates/{name}/texts/{locale}/draft",),
    "/templates/{name}/{locale}/remove": ("DELETE /templates/{name}/texts/{locale}",),
    "/templates/{name}/{locale}/files": ("POST /templates/{name}/files",),
    "/templates/{name}/{locale}/files/{file:uuid}/remove": (
        "DELETE /templates/{name}/files/{file_id}",
    ),
    "/templates/{name}/{locale}/files/{file:uuid}/restore": (
        "POST /templates/{name}/files/{file_id}/restore",
    ),
    "/templates/{name}/{locale}/restore": (
        "POST /templates/{name}/texts/{locale}/revisions/{number}/restore",
    ),
    "/teams": ("POST /teams",),
    "/teams/{team:uuid}/hours": ("PUT /teams/{team_id}/hours", "DELETE /teams/{team_id}/hours"),
    "/teams/{team:uuid}/members/{agent:uuid}/remove": (
        "DELETE /teams/{team_id}/members/{agent_id}",
    ),
    "/promises/new": ("POST /promises",),
    "/promises/{policy:uuid}/move": ("POST /promises/{promise_id}/move",),
    "/promises/{policy:uuid}/delete": ("DELETE /promises/{promise_id}",),
    "/promises/{policy:uuid}/restore": ("POST /promises/{promise_id}/restore",),
    "/system/backup": ("POST /system/backups",),
    "/rules/new": ("POST /rules",),
    "/rules/check": ("POST /rules/check",),
    "/rules/back/{revision:int}": ("POST /rules/back/{revision}",),
    "/rules/webhooks/{call:uuid}/retry": ("POST /rule-calls/{call_id}/retry",),
    "/rules/dry-run/start": ("POST /dry-runs",),
    "/rules/dry-run/{id:uuid}/stop": ("POST /dry-runs/{run_id}/stop",),
    "/rules/revisions/{number:int}/restore": ("POST /rule-revisions/{number}/restore",),
    "/rules/r/{key}": ("PUT /rules/{key}",),
    "/rules/r/{key}/switch": ("PATCH /rules/{key}",),
    "/rules/r/{key}/move": ("POST /rules/{key}/move",),
    "/rules/r/{key}/copy": ("POST /rules/{key}/copy",),
    "/rules/r/{key}/remove": ("DELETE /rules/{key}",),
    "/segments/new": ("POST /segments",),
    "/segments/back/{revision:int}": ("POST /segment-revisions/{number}/restore",),
    "/segments/s/{slug}": ("PUT /segments/{slug}",),
    "/segments/s/{slug}/remove": ("DELETE /segments/{slug}",),
    "/tokens": ("POST /tokens",),
    "/views": ("POST /views",),
    "/views/{view:uuid}": ("PATCH /views/{view_id}",),
    "/views/{view:uuid}/delete": ("DELETE /views/{view_id}",),
    "/views/{view:uuid}/bring-back": ("POST /views/{view_id}/bring-back",),
    "/views/{view:uuid}/move": ("POST /views/{view_id}/move",),
    "/webhooks/new": ("POST /webhooks",),
    "/webhooks/{webhook:uuid}": ("PATCH /webhooks/{webhook_id}",),
    "/webhooks/{webhook:uuid}/secret": ("POST /webhooks/{webhook_id}/secret",),
    "/webhooks/{webhook:uuid}/secret/end": ("POST /webhooks/{webhook_id}/end-old-secret",),
    "/webhooks/{webhook:uuid}/remove": ("DELETE /webhooks/{webhook_id}",),
    "/webhooks/{webhook:uuid}/restore": ("POST /webhooks/{webhook_id}/restore",),
    "/webhooks/{webhook:uuid}/test": ("POST /webhooks/{webhook_id}/test",),
    "/webhooks/{webhook:uuid}/log/again": ("POST /webhooks/{webhook_id}/again",),
    "/webhooks/{webhook:uuid}/log/{delivery:uuid}/again": (
        "POST /webhooks/{webhook_id}/deliveries/{delivery_id}/again",
    ),
}
"""Pages that write, by path, with the operations that do the same."""
for twin, pages in {
    "PATCH /conversations/{conversation_id}": [
        f"/conversations/{{id:uuid}}/{act}"
        for act in (
            "take", "assign", "resolve", "reopen", "wait", "snooze", "spam", "priority", "tags",
            "subject", "topic",
        )
    ],
    "POST /accounts/{account}/state": [
        f"/channels/{{account}}/{act}" for act in ("pause", "resume", "remove", "restore")
    ],
    "PATCH /attributes": [f"/attributes/{act}" for act in ("change", "retire", "restore")],
    "POST /tags": ["/tags", "/tags/describe"],
    "POST /tags/retire": ["/tags/retire", "/tags/restore"],
    "PATCH /topics/{topic_id}": [
        "/topics/{topic:uuid}", "/topics/{topic:uuid}/retire", "/topics/{topic:uuid}/restore",
    ],
    "PATCH /people/{agent_id}": [
        f"/people/{{agent:uuid}}{act}"
        for act in ("", "/deactivate", "/reactivate", "/second-step-off")
    ],
    "POST /people/{agent_id}/link": [
        f"/people/{{agent:uuid}}/{act}" for act in ("link", "mail")
    ],
    "PATCH /templates/{name}": [
        "/templates/{name}/archive", "/templates/{name}/unarchive",
        "/templates/{name}/{locale}/card",
    ],
    "PATCH /teams/{team_id}": ["/teams/{team:uuid}", "/teams/{team:uuid}/restricted"],
    "PUT /teams/{team_id}/members/{agent_id}": [
        "/teams/{team:uuid}/members", "/teams/{team:uuid}/members/{agent:uuid}",
    ],
    "PATCH /promises/{promise_id}": ["/promises/{policy:uuid}", "/promises/{policy:uuid}/switch"],
    "PATCH /tokens/{token_id}": [
        f"/tokens/{{token:uuid}}/{act}" for act in ("revoke", "bring-back")
    ],
    "POST /webhooks/{webhook_id}/switch": [
        f"/webhooks/{{webhook:uuid}}/{act}" for act in ("on", "off")
    ],
    "POST /messages/{message_id}/take-back": [
        "/conversations/{id:uuid}/messages/{message:uuid}/take-back",
        "/conversations/{id:uuid}/messages/{message:uuid}/take-back/{act:uuid}",
    ],
    **{
        f"POST /messages/{{message_id}}/{act}": [
            f"/conversations/{{id:uuid}}/messages/{{message:uuid}}/{act}"
        ]
        for act in ("retry", "arrived", "resend", "cancel")
    },
}.items():  # fmt: skip
    for page in pages:
        TWINS.setdefault(page, (twin,))

WRITES = {entry.path for entry in ROUTES if entry.unsafe}
OPERATIONS = {
    f"{one.method} {one.path}": one for resource in RESOURCES for one in resource.operations
}


def test_every_page_that_writes_has_its_counterpart_or_a_reason() -> None:
    assert WRITES - TWINS.keys() == ONE_SIDED.keys(), "decide about a new page, forget an old one"
    assert TWINS.keys() <= WRITES, "these pages are gone"


def test_every_counterpart_is_there_and_takes_the_right_of_its_page() -> None:
    named = {twin for twins in TWINS.values() for twin in twins}
    assert named <= OPERATIONS.keys()
    by_owner = {"POST /jobs/{job_id}/stop"}
    """Whoever put a job in line may stop it, and had the right to do so."""
    for entry in ROUTES:
        for twin in TWINS.get(entry.path, ()) if entry.unsafe else ():
            if twin in by_owner:
                continue
            assert OPERATIONS[twin].needs is entry.needs, (entry.path, twin)


def test_every_operation_that_writes_is_the_counterpart_of_a_page() -> None:
    alone = {
        "PUT /customers/{customer_id}/purchases/{source}/{number}",
        "DELETE /customers/{customer_id}/purchases/{source}/{number}",
    }
    """Shops write what was bought; agents only read it."""
    named = {twin for twins in TWINS.values() for twin in twins}
    writes = {name for name, one in OPERATIONS.items() if one.method != "GET"}
    assert writes - named == alone
