"""Pushing updates to webhooks: in order within a chat, again with backoff until 2xx."""

from __future__ import annotations

import asyncio

import httpx

from tests.telegram.botapi.methods import Methods
from tests.telegram.botapi.world import ApiError, Bot, Json, Queued, World


class Deliveries:
    """Carries the waiting updates of every bot to its webhook until cancelled."""

    def __init__(self, world: World, methods: Methods, *, backoff: float = 0.05) -> None:
        self.world = world
        self.methods = methods
        self.backoff = backoff
        self._busy: set[tuple[str, object]] = set()

    async def run(self) -> None:
        """Watch the world and deliver what can be delivered."""
        async with (
            httpx.AsyncClient(timeout=10, trust_env=False) as client,
            asyncio.TaskGroup() as tasks,
        ):
            while True:
                seen = self.world.version
                for bot in list(self.world.bots.values()):
                    for queued in self._ready(bot):
                        lane = (bot.token, _lane(queued.update))
                        self._busy.add(lane)
                        tasks.create_task(self._deliver(client, bot, queued, lane))
                async with self.world.changed:
                    await self.world.changed.wait_for(lambda: self.world.version != seen)  # noqa: B023

    def _ready(self, bot: Bot) -> list[Queued]:
        """The first waiting update of every chat that has none under way."""
        if bot.webhook is None:
            return []
        free = bot.webhook.max_connections - sum(token == bot.token for token, _ in self._busy)
        seen: set[object] = set()
        ready = []
        for queued in self.world.pending(bot):
            lane = _lane(queued.update)
            if lane not in seen and (bot.token, lane) not in self._busy:
                ready.append(queued)
            seen.add(lane)
        return ready[: max(free, 0)]

    async def _deliver(
        self, client: httpx.AsyncClient, bot: Bot, queued: Queued, lane: tuple[str, object]
    ) -> None:
        attempt = 0
        while bot.webhook is not None and queued in bot.queue:
            hook = bot.webhook
            headers = {}
            if hook.secret_token is not None:
                headers["X-Telegram-Bot-Api-Secret-Token"] = hook.secret_token
            try:
                response = await client.post(hook.url, json=queued.update, headers=headers)
            except httpx.HTTPError as error:
                hook.last_error_message = f"Connection failed: {type(error).__name__}"
            else:
                if response.is_success:
                    bot.queue = [one for one in bot.queue if one is not queued]
                    await self._carry_out(bot, response)
                    break
                hook.last_error_message = (
                    f"Wrong response from the webhook: "
                    f"{response.status_code} {response.reason_phrase}"
                )
            hook.last_error_date = self.world.date()
            await asyncio.sleep(min(self.backoff * 2**attempt, 2))
            attempt += 1
        self._busy.discard(lane)
        await self.world.wake()

    async def _carry_out(self, bot: Bot, response: httpx.Response) -> None:
        """A webhook's answer may itself be a call (making requests when getting updates)."""
        try:
            answer: Json = response.json()
            method = answer.pop("method")
        except (ValueError, KeyError, AttributeError, TypeError):
            return
        try:
            await self.methods.call(bot, method, answer, {})
        except ApiError:
            pass


def _lane(update: Json) -> object:
    content = next((value for name, value in update.items() if name != "update_id"), None)
    if isinstance(content, dict):
        for place in (content, content.get("message")):
            if isinstance(place, dict) and isinstance(place.get("chat"), dict):
                return place["chat"].get("id")
    return update["update_id"]
