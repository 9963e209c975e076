"""How fast an account may send, and how long the far side asked for silence."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from hub.security.limits import judge
from hub.settings.values import Rate


@dataclass
class _Silence:
    account: float = 0.0
    chats: dict[str, float] = field(default_factory=dict)


class Pace:
    """The rates of all accounts of this process, in monotonic seconds."""

    def __init__(self, account_rate: Rate, chat_rate: Rate) -> None:
        self.account_rate = account_rate
        self.chat_rate = chat_rate
        self._arrivals: dict[str, float] = {}
        self._silences: defaultdict[str, _Silence] = defaultdict(_Silence)

    def plan(self, now: float) -> Plan:
        """A draft of what may be sent now. Asking it counts in the draft alone."""
        return Plan(self, now)

    def count(self, account: str, chat: str, now: float) -> None:
        """A message was begun."""
        for key, rate in self.rates(account, chat):
            period = rate.period.total_seconds()
            self._arrivals[key] = judge(self._arrivals.get(key), now, rate.count, period).arrival
        if len(self._arrivals) > 10_000:
            self._arrivals = {key: due for key, due in self._arrivals.items() if due > now}

    def silence(self, account: str, chat: str | None, until: float) -> None:
        """The far side asked to wait, for this chat or (None) for the whole account."""
        silence = self._silences[account]
        if chat is None:
            silence.account = max(silence.account, until)
        else:
            silence.chats[chat] = until

    def silent_for(self, account: str, chat: str, now: float) -> float:
        silence = self._silences[account]
        silence.chats = {key: until for key, until in silence.chats.items() if until > now}
        return max(silence.account, silence.chats.get(chat, 0.0)) - now

    def rates(self, account: str, chat: str) -> tuple[tuple[str, Rate], tuple[str, Rate]]:
        return (account, self.account_rate), (f"{account} {chat}", self.chat_rate)

    def arrival(self, key: str) -> float | None:
        return self._arrivals.get(key)


class Plan:
    """What one claim may begin. It may be asked again when the claim's transaction runs again:
    then it errs towards waiting."""

    def __init__(self, pace: Pace, now: float) -> None:
        self._pace = pace
        self._now = now
        self._arrivals: dict[str, float] = {}

    def wait(self, account: str, chat: str) -> float:
        """Seconds until the account may send to this chat; 0 counts as sent."""
        silent = self._pace.silent_for(account, chat, self._now)
        if silent > 0:
            return silent
        drafted: dict[str, float] = {}
        for key, rate in self._pace.rates(account, chat):
            arrival = self._arrivals.get(key, self._pace.arrival(key))
            verdict = judge(arrival, self._now, rate.count, rate.period.total_seconds())
            if verdict.retry_after is not None:
                return verdict.retry_after
            drafted[key] = verdict.arrival
        self._arrivals |= drafted
        return 0.0
