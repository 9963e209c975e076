"""The documented methods (https://core.telegram.org/bots/api#available-methods)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tests.telegram.botapi.markup import check_caption, check_keyboard, check_text, decoded
from tests.telegram.botapi.world import ApiError, BadRequest, Bot, Chat, Json, Webhook, World

DOWNLOAD_LIMIT = 20 * 1024 * 1024
UPLOAD_LIMIT = 50 * 1024 * 1024
PHOTO_LIMIT = 10 * 1024 * 1024
DELETABLE_FOR = 48 * 3600
SECRET_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
ACTIONS = frozenset(
    {
        "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
        "upload_document", "choose_sticker", "find_location", "record_video_note",
        "upload_video_note",
    }
)  # fmt: skip

POLL_CONFLICT = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)
WEBHOOK_CONFLICT = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the "
    "same as a current content and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"

Files = dict[str, tuple[str, bytes]]
"""Uploaded parts: field name to file name and bytes."""


class Methods:
    """Carries out calls of bots against the world."""

    def __init__(self, world: World, *, demand_https: bool = False) -> None:
        self.world = world
        self.demand_https = demand_https
        self._polls: dict[str, asyncio.Event] = {}
        self._table: dict[str, Callable[[Bot, Json, Files], Awaitable[Any]]] = {
            name.lower(): method
            for name, method in {
                "getMe": self.get_me,
                "getUpdates": self.get_updates,
                "setWebhook": self.set_webhook,
                "deleteWebhook": self.delete_webhook,
                "getWebhookInfo": self.get_webhook_info,
                "sendMessage": self.send_message,
                "sendPhoto": self.send_file("photo"),
                "sendDocument": self.send_file("document"),
                "sendVideo": self.send_file("video"),
                "sendAudio": self.send_file("audio"),
                "sendVoice": self.send_file("voice"),
                "sendAnimation": self.send_file("animation"),
                "sendLocation": self.send_location,
                "sendVenue": self.send_venue,
                "sendContact": self.send_contact,
                "editMessageText": self.edit_message_text,
                "editMessageReplyMarkup": self.edit_message_reply_markup,
                "deleteMessage": self.delete_message,
                "answerCallbackQuery": self.answer_callback_query,
                "sendChatAction": self.send_chat_action,
                "setMessageReaction": self.set_message_reaction,
                "getFile": self.get_file,
            }.items()
        }

    async def call(self, bot: Bot, method: str, params: Json, files: Files) -> Any:
        """The `result` of a call. Raises ApiError."""
        handler = self._table.get(method.lower())
        if handler is None:
            raise ApiError(404, "Not Found")
        bot.calls.append(method)
        return await handler(bot, params, files)

    # --- getting updates

    async def get_me(self, bot: Bot, params: Json, files: Files) -> Json:
        return {
            **bot.user(),
            "can_join_groups": True,
            "can_read_all_group_messages": bot.reads_groups,
            "supports_inline_queries": False,
        }

    async def get_updates(self, bot: Bot, params: Json, files: Files) -> list[Json]:
        if bot.webhook is not None:
            raise ApiError(409, WEBHOOK_CONFLICT)
        replaced = asyncio.Event()
        if earlier := self._polls.get(bot.token):
            earlier.set()
            await self.world.wake()
        self._polls[bot.token] = replaced
        try:
            return await self._poll(bot, params, replaced)
        finally:
            if self._polls.get(bot.token) is replaced:
                del self._polls[bot.token]

    async def _poll(self, bot: Bot, params: Json, replaced: asyncio.Event) -> list[Json]:
        world = self.world
        if "allowed_updates" in params:
            bot.allowed_updates = decoded(params["allowed_updates"], "allowed_updates")
        offset = int(params.get("offset") or 0)
        limit = min(max(int(params.get("limit") or 100), 1), 100)
        timeout = min(float(params.get("timeout") or 0), 50)
        if offset > 0:
            world.confirm(bot, offset)
        elif offset < 0:
            bot.queue = world.pending(bot)[offset:]
        try:
            async with asyncio.timeout(timeout), world.changed:
                await world.changed.wait_for(
                    lambda: world.pending(bot) or replaced.is_set() or bot.webhook or world.closing
                )
        except TimeoutError:
            pass
        if replaced.is_set():
            raise ApiError(409, POLL_CONFLICT)
        if bot.webhook is not None:
            raise ApiError(409, WEBHOOK_CONFLICT)
        return [queued.update for queued in world.pending(bot)[:limit]]

    async def set_webhook(self, bot: Bot, params: Json, files: Files) -> bool:
        url = str(params.get("url") or "")
        if not url:
            return await self.delete_webhook(bot, params, files)
        if self.demand_https and not url.startswith("https://"):
            raise BadRequest("bad webhook: An HTTPS URL must be provided for webhook")
        secret = params.get("secret_token")
        if secret is not None and (
            not set(secret) <= SECRET_LETTERS or not 1 <= len(secret) <= 256
        ):
            raise BadRequest("secret token contains unallowed characters")
        if "allowed_updates" in params:
            bot.allowed_updates = decoded(params["allowed_updates"], "allowed_updates")
        if _true(params.get("drop_pending_updates")):
            bot.queue.clear()
        bot.webhook = Webhook(url, secret, int(params.get("max_connections") or 40))
        await self.world.wake()
        return True

    async def delete_webhook(self, bot: Bot, params: Json, files: Files) -> bool:
        bot.webhook = None
        if _true(params.get("drop_pending_updates")):
            bot.queue.clear()
        await self.world.wake()
        return True

    async def get_webhook_info(self, bot: Bot, params: Json, files: Files) -> Json:
        hook = bot.webhook
        info: Json = {
            "url": hook.url if hook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self.world.pending(bot)),
        }
        if hook:
            info["max_connections"] = hook.max_connections
            if hook.last_error_date:
                info["last_error_date"] = hook.last_error_date
                info["last_error_message"] = hook.last_error_message
        if bot.allowed_updates:
            info["allowed_updates"] = bot.allowed_updates
        return info

    # --- sending

    async def send_message(self, bot: Bot, params: Json, files: Files) -> Json:
        chat = self._chat(params)
        text, entities = check_text(params.get("text"), params.get("entities"))
        return self._place(bot, chat, params, {"text": text, "entities": entities})

    def send_file(self, kind: str) -> Callable[[Bot, Json, Files], Awaitable[Json]]:
        """The method that sends a file of this kind."""

        async def send(bot: Bot, params: Json, files: Files) -> Json:
            chat = self._chat(params)
            caption, entities = check_caption(params.get("caption"), params.get("caption_entities"))
            name, file_id, size = self._uploaded(kind, params, files)
            described: Json = {"file_id": file_id, "file_unique_id": file_id, "file_size": size}
            content: Json = {
                kind: [{**described, "width": 90, "height": 90}]
                if kind == "photo"
                else {**described, "file_name": name, "width": 90, "height": 90, "duration": 1}
            }
            if caption:
                content |= {"caption": caption, "caption_entities": entities}
            return self._place(bot, chat, params, content)

        return send

    def _uploaded(self, kind: str, params: Json, files: Files) -> tuple[str, str, int]:
        given = params.get(kind)
        if isinstance(given, str) and given in self.world.files:
            return kind, given, self.world.file_sizes[given]
        if isinstance(given, str) and given.startswith("attach://"):
            given = files.get(given.removeprefix("attach://"))
        name, body = given or files.get(kind) or ("", b"")
        if not body:
            raise BadRequest(f"there is no {kind} in the request")
        if len(body) > UPLOAD_LIMIT:
            raise ApiError(413, "Request Entity Too Large")
        if kind == "photo":
            if len(body) > PHOTO_LIMIT:
                raise BadRequest("file is too big")
            if not body.startswith((b"\xff\xd8", b"\x89PNG", b"RIFF", b"GIF8")):
                raise BadRequest("IMAGE_PROCESS_FAILED")
        return name, self.world.store_file(body), len(body)

    async def send_location(self, bot: Bot, params: Json, files: Files) -> Json:
        return self._place(bot, self._chat(params), params, {"location": _location(params)})

    async def send_venue(self, bot: Bot, params: Json, files: Files) -> Json:
        chat = self._chat(params)
        location = _location(params)
        if not params.get("title"):
            raise BadRequest("venue title must be non-empty")
        if not params.get("address"):
            raise BadRequest("venue address must be non-empty")
        venue = {"location": location, "title": params["title"], "address": params["address"]}
        return self._place(bot, chat, params, {"venue": venue, "location": location})

    async def send_contact(self, bot: Bot, params: Json, files: Files) -> Json:
        chat = self._chat(params)
        if not params.get("phone_number"):
            raise BadRequest("phone number must be non-empty")
        if not params.get("first_name"):
            raise BadRequest("first name must be non-empty")
        contact = {
            name: params[name]
            for name in ("phone_number", "first_name", "last_name", "vcard")
            if params.get(name)
        }
        return self._place(bot, chat, params, {"contact": contact})

    def _chat(self, params: Json) -> Chat:
        """The chat that a call speaks to, if it may."""
        given = params.get("chat_id")
        if given is None or given == "":
            raise BadRequest("chat_id is empty")
        try:
            chat = self.world.chats.get(int(given))
        except ValueError:
            chat = next(
                (one for one in self.world.chats.values() if f"@{one.username}" == given), None
            )
        if chat is None:
            raise BadRequest("chat not found")
        if chat.migrated_to is not None:
            raise BadRequest(
                "group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": chat.migrated_to},
            )
        if chat.deactivated:
            raise ApiError(403, "Forbidden: user is deactivated")
        if chat.blocked:
            raise ApiError(
                403,
                "Forbidden: bot was blocked by the user"
                if chat.type == "private"
                else f"Forbidden: bot was kicked from the {chat.type} chat",
            )
        if chat.type == "private" and not chat.started:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        return chat

    def _place(self, bot: Bot, chat: Chat, params: Json, content: Json) -> Json:
        """Put a message into the chat, with its keyboard and the message it answers."""
        keyboard = check_keyboard(params.get("reply_markup"))
        message: Json = {
            "message_id": chat.next_message_id,
            "from": bot.user(),
            "chat": chat.public(),
            "date": self.world.date(),
            **{name: value for name, value in content.items() if value not in (None, [])},
        }
        if keyboard:
            message["reply_markup"] = keyboard
        if thread := params.get("message_thread_id"):
            message["message_thread_id"] = int(thread)
        answered = decoded(params.get("reply_parameters"), "reply parameters")
        if answered:
            target = chat.messages.get(int(answered["message_id"]))
            if target is not None:
                message["reply_to_message"] = {
                    name: value for name, value in target.items() if name != "reply_to_message"
                }
            elif not answered.get("allow_sending_without_reply"):
                raise BadRequest("message to be replied not found")
        chat.next_message_id += 1
        chat.messages[message["message_id"]] = message
        return message

    # --- changing what was sent

    async def edit_message_text(self, bot: Bot, params: Json, files: Files) -> Json:
        message = self._own(bot, params, "edit")
        if "text" not in message:
            raise BadRequest("there is no text in the message to edit")
        text, entities = check_text(params.get("text"), params.get("entities"))
        return self._change(params, message, {"text": text, "entities": entities})

    async def edit_message_reply_markup(self, bot: Bot, params: Json, files: Files) -> Json:
        return self._change(params, self._own(bot, params, "edit"), {})

    def _change(self, params: Json, message: Json, content: Json) -> Json:
        new = {**content, "reply_markup": check_keyboard(params.get("reply_markup"))}
        if all((message.get(name) or None) == (value or None) for name, value in new.items()):
            raise BadRequest(NOT_MODIFIED)
        for name, value in new.items():
            if value:
                message[name] = value
            else:
                message.pop(name, None)
        message["edit_date"] = self.world.date()
        return message

    async def delete_message(self, bot: Bot, params: Json, files: Files) -> bool:
        message = self._own(bot, params, "delete")
        if self.world.now() - message["date"] > DELETABLE_FOR:
            raise BadRequest("message can't be deleted for everyone")
        del self.world.chats[message["chat"]["id"]].messages[message["message_id"]]
        return True

    def _own(self, bot: Bot, params: Json, act: str) -> Json:
        chat = self._chat(params)
        message = chat.messages.get(int(params.get("message_id") or 0))
        if message is None:
            raise BadRequest(f"message to {act} not found")
        if act == "edit" and message["from"]["id"] != bot.id:
            raise BadRequest("message can't be edited")
        return message

    # --- small signs

    async def answer_callback_query(self, bot: Bot, params: Json, files: Files) -> bool:
        query = str(params.get("callback_query_id", ""))
        if bot.queries.get(query, True):
            raise BadRequest(QUERY_TOO_OLD)
        if len(params.get("text") or "") > 200:
            raise BadRequest("MESSAGE_TOO_LONG")
        bot.queries[query] = True
        if params.get("text"):
            bot.answers[query] = str(params["text"])
        return True

    async def send_chat_action(self, bot: Bot, params: Json, files: Files) -> bool:
        chat = self._chat(params)
        if params.get("action") not in ACTIONS:
            raise BadRequest("wrong parameter action in request")
        bot.actions.append({"chat": chat.id, "action": params["action"]})
        return True

    async def set_message_reaction(self, bot: Bot, params: Json, files: Files) -> bool:
        chat = self._chat(params)
        if int(params.get("message_id") or 0) not in chat.messages:
            raise BadRequest("message to react not found")
        reactions = decoded(params.get("reaction"), "reaction") or []
        if len(reactions) > 1:
            raise BadRequest("REACTIONS_TOO_MANY")
        bot.reactions.append(
            {"chat": chat.id, "message_id": int(params["message_id"]), "reaction": reactions}
        )
        return True

    async def get_file(self, bot: Bot, params: Json, files: Files) -> Json:
        file_id = str(params.get("file_id", ""))
        if file_id not in self.world.files:
            raise BadRequest("wrong file_id or the file is temporarily unavailable")
        size = self.world.file_sizes[file_id]
        if size > DOWNLOAD_LIMIT:
            raise BadRequest("file is too big")
        return {
            "file_id": file_id,
            "file_unique_id": file_id,
            "file_size": size,
            "file_path": f"files/{file_id}",
        }


def _true(value: Any) -> bool:
    return value is True or str(value).lower() in {"true", "1"}


def _location(params: Json) -> Json:
    try:
        latitude, longitude = float(params["latitude"]), float(params["longitude"])
    except (KeyError, ValueError):
        raise BadRequest("latitude and longitude must be numbers") from None
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise BadRequest("wrong location specified")
    return {"latitude": latitude, "longitude": longitude}
