"""What customers do in their Telegram: every act puts the update into the bot's queue."""

from __future__ import annotations

from typing import Any

from tests.telegram.botapi.world import Bot, Chat, Fault, Json, World


class People:
    """Customers and groups. Each method does one act and returns what a test may want of it.

    A private chat has the id of its user. A customer who was not seen before appears by writing.
    """

    def __init__(self, world: World) -> None:
        self.world = world

    def bot(self, token: str | None = None) -> Bot:
        """The bot with this token, or the first one."""
        return self.world.bots[token] if token else next(iter(self.world.bots.values()))

    def user(self, user_id: int, **known: Any) -> Json:
        """The user, made on first sight as a plainly sample person."""
        user = self.world.users.setdefault(
            user_id,
            {"id": user_id, "is_bot": False, "first_name": f"Sample {user_id}"},
        )
        user.update(known)
        return user

    def chat(self, chat_id: int, **known: Any) -> Chat:
        """The chat; a private one appears with its user, a group must say its type and title."""
        chat = self.world.chats.get(chat_id)
        if chat is None:
            chat = Chat(chat_id, **known)
            self.world.chats[chat_id] = chat
        else:
            for name, value in known.items():
                setattr(chat, name, value)
        if chat.type == "private":
            user = self.user(chat_id)
            chat.first_name = user["first_name"]
            chat.last_name = user.get("last_name")
            chat.username = user.get("username")
        return chat

    async def write(
        self,
        chat: int,
        text: str | None = None,
        *,
        sender: int | None = None,
        reply_to: int | None = None,
        token: str | None = None,
        **fields: Any,
    ) -> int:
        """Write a message; `fields` are further fields of the Bot API's Message.

        Returns its message_id. Writing to a bot lets it answer.
        """
        place = self.chat(chat)
        place.started = True
        message: Json = {
            "message_id": place.next_message_id,
            "from": self.user(sender if sender is not None else chat),
            "chat": place.public(),
            "date": self.world.date(),
        }
        place.next_message_id += 1
        if text is not None:
            message["text"] = text
        message |= fields
        if reply_to is not None:
            message["reply_to_message"] = dict(place.messages[reply_to])
        place.messages[message["message_id"]] = message
        self.world.enqueue(self.bot(token), "message", message)
        await self.world.wake()
        return int(message["message_id"])

    async def start(self, chat: int, payload: str = "", **fields: Any) -> int:
        """Press START, with the payload of the link that led here."""
        text = f"/start {payload}".strip()
        command = {"type": "bot_command", "offset": 0, "length": len("/start")}
        return await self.write(chat, text, entities=[command], **fields)

    async def send_photo(
        self, chat: int, body: bytes, *, caption: str | None = None, **fields: Any
    ) -> int:
        """Send a picture; as Telegram does, with a smaller copy before the largest one."""
        small, large = self.world.store_file(body[:16]), self.world.store_file(body)
        sizes = [
            _photo_size(small, 90, 60, len(body[:16])),
            _photo_size(large, 1280, 853, len(body)),
        ]
        if caption is not None:
            fields["caption"] = caption
        return await self.write(chat, photo=sizes, **fields)

    async def send_document(
        self,
        chat: int,
        body: bytes,
        name: str,
        *,
        media_type: str = "application/octet-stream",
        claimed_size: int | None = None,
        caption: str | None = None,
        **fields: Any,
    ) -> int:
        """Send a file. `claimed_size` makes it pass for a larger one."""
        file_id = self.world.store_file(body, size=claimed_size)
        document = {
            "file_id": file_id,
            "file_unique_id": file_id,
            "file_name": name,
            "mime_type": media_type,
            "file_size": len(body) if claimed_size is None else claimed_size,
        }
        if caption is not None:
            fields["caption"] = caption
        return await self.write(chat, document=document, **fields)

    async def send_location(self, chat: int, latitude: float, longitude: float) -> int:
        return await self.write(chat, location={"latitude": latitude, "longitude": longitude})

    async def send_contact(self, chat: int, phone: str, name: str, *, own: bool = True) -> int:
        contact: Json = {"phone_number": phone, "first_name": name}
        if own:
            contact["user_id"] = chat
        return await self.write(chat, contact=contact)

    async def edit(
        self, chat: int, message_id: int, text: str, *, token: str | None = None, **fields: Any
    ) -> None:
        """Change one's own message."""
        message = self.chat(chat).messages[message_id]
        message |= {"text": text, "edit_date": self.world.date(), **fields}
        self.world.enqueue(self.bot(token), "edited_message", dict(message))
        await self.world.wake()

    async def press(
        self,
        chat: int,
        message_id: int,
        label: str,
        *,
        sender: int | None = None,
        token: str | None = None,
    ) -> str:
        """Press the button with this label. Returns the id of the callback query."""
        bot = self.bot(token)
        message = self.chat(chat).messages[message_id]
        rows = message["reply_markup"]["inline_keyboard"]
        button = next(one for row in rows for one in row if one["text"] == label)
        query = f"{self.world.serial():019d}"
        bot.queries[query] = False
        self.world.enqueue(
            bot,
            "callback_query",
            {
                "id": query,
                "from": self.user(sender if sender is not None else chat),
                "message": message,
                "chat_instance": str(chat * 31),
                "data": button["callback_data"],
            },
        )
        await self.world.wake()
        return query

    async def react(
        self, chat: int, message_id: int, *emoji: str, token: str | None = None
    ) -> None:
        """Leave these reactions, and only these, on a message."""
        place = self.chat(chat)
        self.world.enqueue(
            self.bot(token),
            "message_reaction",
            {
                "chat": place.public(),
                "message_id": message_id,
                "user": self.user(chat),
                "date": self.world.date(),
                "old_reaction": [],
                "new_reaction": [{"type": "emoji", "emoji": one} for one in emoji],
            },
        )
        await self.world.wake()

    async def block(self, chat: int, *, token: str | None = None) -> None:
        """Block the bot (in a group: remove it)."""
        self.chat(chat).blocked = True
        await self._membership(chat, "member", "kicked", token)

    async def unblock(self, chat: int, *, token: str | None = None) -> None:
        """Let the bot write again."""
        self.chat(chat).blocked = False
        await self._membership(chat, "kicked", "member", token)

    async def _membership(self, chat: int, old: str, new: str, token: str | None) -> None:
        bot = self.bot(token)
        place = self.chat(chat)
        self.world.enqueue(
            bot,
            "my_chat_member",
            {
                "chat": place.public(),
                "from": self.user(abs(chat)),
                "date": self.world.date(),
                "old_chat_member": {"user": bot.user(), "status": old},
                "new_chat_member": {"user": bot.user(), "status": new},
            },
        )
        await self.world.wake()

    async def send_update(self, kind: str, content: Any, *, token: str | None = None) -> int | None:
        """Send an update as given, also one of a type that the bot did not ask for."""
        update_id = self.world.enqueue(self.bot(token), kind, content, force=True)
        await self.world.wake()
        return update_id

    def shown(self, chat: int, *, token: str | None = None) -> list[Json]:
        """The bot's messages that the chat shows now, in order, duplicates included."""
        bot = self.bot(token)
        place = self.world.chats.get(chat)
        messages = place.messages.values() if place else ()
        return [message for message in messages if message["from"]["id"] == bot.id]

    def texts(self, chat: int, *, token: str | None = None) -> list[str]:
        """The words of `shown`."""
        return [
            str(message.get("text", message.get("caption", "")))
            for message in self.shown(chat, token=token)
        ]

    def pending(self, *, token: str | None = None) -> int:
        """How many updates the bot has not confirmed."""
        return len(self.world.pending(self.bot(token)))

    def answered(self, query: str, *, token: str | None = None) -> bool:
        """Whether the bot answered this callback query."""
        return self.bot(token).queries[query]

    def inject(self, kind: str, **fault: Any) -> None:
        """Let the next matching calls go wrong: see `Fault`. 429 with `retry_after`."""
        if fault.get("retry_after") is not None:
            fault.setdefault("code", 429)
            fault.setdefault(
                "description", f"Too Many Requests: retry after {fault['retry_after']}"
            )
        self.world.faults.append(Fault(kind, **fault))  # type: ignore[arg-type]

    def heal(self) -> None:
        """Let nothing go wrong any more."""
        self.world.faults.clear()

    async def advance(self, seconds: float) -> None:
        """Move the server's clock."""
        self.world.clock_offset += seconds
        await self.world.wake()


def _photo_size(file_id: str, width: int, height: int, size: int) -> Json:
    return {
        "file_id": file_id,
        "file_unique_id": file_id,
        "width": width,
        "height": height,
        "file_size": size,
    }
