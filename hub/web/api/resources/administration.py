"""The resources of what is set up rather than done every day, in the order of the document."""

from __future__ import annotations

from typing import Final

from hub.web.api.resource import Resource
from hub.web.api.resources import (
    accounts,
    attributes,
    audit,
    blocked_senders,
    directory,
    dry_runs,
    keeping,
    macros,
    organisation,
    people,
    promises,
    ratings,
    rule_calls,
    rule_revisions,
    rules,
    saved_views,
    segments,
    system,
    tags,
    teams,
    template_files,
    template_texts,
    templates,
    tokens,
    topics,
    webhooks,
)

ADMINISTRATION: Final[tuple[Resource, ...]] = (
    organisation.resource,
    directory.resource,
    accounts.resource,
    people.resource,
    teams.resource,
    promises.resource,
    topics.resource,
    tags.resource,
    attributes.resource,
    blocked_senders.resource,
    saved_views.resource,
    templates.resource,
    template_texts.resource,
    template_files.resource,
    macros.resource,
    segments.resource,
    rules.resource,
    rule_revisions.resource,
    dry_runs.resource,
    rule_calls.resource,
    ratings.resource,
    keeping.resource,
    webhooks.resource,
    tokens.resource,
    system.resource,
    audit.resource,
)
