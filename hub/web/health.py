"""What machines ask: is it well, and how well."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from typing import Final

from starlette.responses import JSONResponse, Response

from hub.subscriptions import endpoints
from hub.web.asked import Visit, status
from hub.web.channels import faring
from hub.web.security import bearer_fits

log = logging.getLogger(__name__)

PATIENCE: Final = 3.0
_OPENMETRICS: Final = "text/plain; version=0.0.4; charset=utf-8"


async def healthz(visit: Visit) -> Response:
    """GET /healthz: 200 while the database answers, 503 while it does not. Names nothing."""
    context = visit.site.context
    try:
        async with asyncio.timeout(PATIENCE):
            found = await visit.read(faring.health, context.accounts.awake, context.clock.now())
    except Exception:
        log.exception("the database does not answer")
        return JSONResponse({"status": "failing", "database": "no answer"}, 503)
    room, backups = await context.watch.look()
    failing = sum(one.state in ("failing", "invalid", "stopped") for one in found.accounts)
    stopping = context.stopping.is_set()
    worried = bool(context.watch.worries)
    return JSONResponse(
        {
            "status": "stopping" if stopping else "degraded" if failing or worried else "ok",
            "database": "ok",
            "disk": room.level,
            "backups": "none" if backups is None else "ok" if backups.well else "failing",
            "accounts": {"connected": len(found.accounts), "failing": failing},
        },
        503 if stopping else 200,
    )


async def metrics(visit: Visit) -> Response:
    """GET /metrics, in Prometheus' text format: from this machine, or with the bearer token."""
    context = visit.site.context
    token = context.settings.server.metrics_token.get_secret_value() or None
    if not (_is_local(visit) or bearer_fits(visit.request.headers, token)):
        raise status(404)
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    now = context.clock.now()
    found = await visit.read(faring.health, context.accounts.awake, now)
    registry = CollectorRegistry()

    def gauge(name: str, about: str, *labels: str) -> Gauge:
        return Gauge(f"payam_{name}", about, labels, registry=registry)

    gauge("database_writes_waiting", "Writes that wait or run now.").set(context.database.waiting)
    gauge("live_streams", "Browsers that listen in this process.").set(visit.site.streams.count)
    gauge("lanes_stuck", "Conversations whose next answer should have gone out by now.").set(
        found.stuck_lanes
    )
    late = (now - found.oldest_timer).total_seconds() if found.oldest_timer else 0.0
    gauge("timer_overdue_seconds", "How long the oldest timer is due; 0 when none is.").set(
        max(0.0, late)
    )
    room, backups = await context.watch.look()
    gauge("disk_free_bytes", "Room on the disk of the data.").set(room.free)
    gauge("disk_total_bytes", "Size of the disk of the data.").set(room.total)
    if backups is not None:
        gauge("backup_well", "1 while backups are made as they should be.").set(backups.well)
        if backups.made_at is not None:
            age = (now - backups.made_at).total_seconds()
            gauge("backup_age_seconds", "Since the data of the newest backup.").set(age)
            gauge("backup_size_bytes", "Size of the newest backup.").set(backups.size or 0)
    up = gauge("account_up", "1 while the account receives.", "account")
    lag = gauge("account_lag_seconds", "Between a message's own time and ours, lately.", "account")
    last = gauge("account_last_message_seconds", "Since the last message came.", "account")
    restarts = gauge("account_restarts", "How often the adapter began again.", "account")
    queued = gauge("account_queued", "Answers that wait to be sent.", "account")
    unconfirmed = gauge("account_unconfirmed", "Answers that may have arrived.", "account")
    for one in found.accounts:
        up.labels(one.account).set(one.state in ("running", "standby"))
        restarts.labels(one.account).set(one.restarts)
        queued.labels(one.account).set(one.queued)
        unconfirmed.labels(one.account).set(one.unconfirmed)
        if one.lag_seconds is not None:
            lag.labels(one.account).set(one.lag_seconds)
        if one.last_message_at is not None:
            last.labels(one.account).set((now - one.last_message_at).total_seconds())
    told = gauge("webhook_up", "1 while the webhook is on and what it is told arrives.", "webhook")
    behind = gauge("webhook_queued", "Events that wait to be told to the webhook.", "webhook")
    for endpoint in await visit.read(endpoints.endpoints):
        told.labels(endpoint.name).set(endpoint.state == "on" and endpoint.failing_since is None)
        behind.labels(endpoint.name).set(endpoint.waiting)
    return Response(generate_latest(registry), headers={"Content-Type": _OPENMETRICS})


def _is_local(visit: Visit) -> bool:
    """Whether it comes from this machine itself, and not through a proxy on it."""
    if any(name in visit.request.headers for name in ("x-forwarded-for", "forwarded")):
        return False
    try:
        return ipaddress.ip_address(visit.address or "").is_loopback
    except ValueError:
        return False
