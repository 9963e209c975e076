"""What routing and promises come to, in the reader's words."""

from __future__ import annotations

from hub.web.words import Say


def waiting_for(reason: object, say: Say) -> str:
    """One line of the thread: why nobody has it."""
    match reason:
        case "nobody_there":
            return say("It waits for somebody: nobody who could take it is online")
        case "nobody_free":
            return say("It waits for somebody: all who could take it have enough to do")
        case "nobody_speaks":
            return say("It waits for somebody who answers in this language")
        case "given_back":
            return say("It was given back and waits for somebody else")
        case _:
            return say("It waits for somebody")


def broken(target: object, say: Say) -> str:
    """One line of the thread: which promise was broken."""
    match target:
        case "first":
            return say("The first answer is later than promised")
        case "next":
            return say("The answer is later than promised")
        case _:
            return say("The matter is open for longer than promised")
