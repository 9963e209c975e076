"""Every act that the pages know by a key: one table for the keys themselves, the palette, the menus
and the list that "?" shows.

Keys are found by their place on the keyboard (`KeyboardEvent.code`, UI Events 5.1), so that they
work with a Persian layout too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from hub.text.marking import N_

Group = Literal["list", "conversation", "writing", "going", "page"]
GROUPS: Final[tuple[Group, ...]] = ("list", "conversation", "writing", "going", "page")


@dataclass(frozen=True)
class Command:
    """An act.

    does: what the script does: `press <selector>` clicks the first such element, `menu <id>` opens
      a menu, `call <name>` runs a function of the script, `go <path>` follows a link, "" for what
      other scripts do.
    many: the same for what it does with the selected conversations, while some are.
    code, shift, mod: the key, with Shift, with Ctrl or ⌘; "" where there is none.
    after: the key that is pressed before it; the two are one after the other.
    keys: how it is written. where: "conversation" for what needs an open one, "list" for a list.
    repeats: whether holding the key down goes on. aliases: other words to find it by.
    """

    name: str
    words: str
    group: Group
    does: str = ""
    code: str = ""
    many: str = ""
    after: str = ""
    shift: bool = False
    mod: bool = False
    keys: tuple[str, ...] = ()
    where: Literal["", "list", "conversation"] = ""
    repeats: bool = False
    aliases: str = ""
    palette: bool = True


COMMANDS: Final[tuple[Command, ...]] = (
    Command("next", N_("Next conversation"), "list", "call next", "KeyJ", keys=("J",),
            where="list", repeats=True, palette=False),
    Command("previous", N_("Previous conversation"), "list", "call previous", "KeyK", keys=("K",),
            where="list", repeats=True, palette=False),
    Command("search", N_("Search"), "list", "call search", "KeyF", shift=True,
            keys=("Shift", "F"), aliases="find جستجو"),
    Command("pick", N_("Select the conversation"), "list", "call pick", "KeyX", keys=("X",),
            where="list", aliases="choose mark bulk"),
    Command("pick-range", N_("Select up to the conversation"), "list", "call pick-range", "KeyX",
            shift=True, keys=("Shift", "X"), where="list", palette=False),
    Command("pick-next", N_("Select and go on"), "list", "call pick-next", "KeyJ", shift=True,
            keys=("Shift", "J"), where="list", repeats=True, palette=False),
    Command("pick-previous", N_("Select and go back"), "list", "call pick-previous", "KeyK",
            shift=True, keys=("Shift", "K"), where="list", repeats=True, palette=False),
    Command("pick-all", N_("Select everything in this view"), "list", "call pick-all", "KeyA",
            mod=True, keys=("Ctrl", "A"), where="list", aliases="all bulk همه"),
    Command("display", N_("Order and density"), "list", "press .list-display", "KeyO", shift=True,
            keys=("Shift", "O"), where="list", aliases="sort compact مرتب"),
    Command("save-view", N_("Keep this list as a view…"), "list", "press .list-save", "KeyS",
            shift=True, keys=("Shift", "S"), where="list", aliases="filter saved فیلتر"),
    Command("fold-rail", N_("Fold the rail"), "page", "press [data-folds-pane=rail]", "BracketLeft",
            keys=("[",), aliases="sidebar hide"),
    Command("fold-list", N_("One pane at a time"), "page", "press [data-folds-pane=list]",
            "Backslash", keys=("\\",), where="list", aliases="fold list hide focus"),
    Command("fold-customer", N_("Fold the customer"), "page", "press .customer-toggle",
            "BracketRight", keys=("]",), where="conversation", aliases="panel hide"),
    Command("reply", N_("Reply"), "conversation", "call reply", "KeyR", keys=("R",),
            where="conversation"),
    Command("note", N_("Internal note"), "conversation", "call note", "KeyN", keys=("N",),
            where="conversation"),
    Command("template", N_("Insert a template"), "conversation", "call template", "Slash",
            keys=("/",), where="conversation", aliases="reply snippet قالب"),
    Command("resolve", N_("Resolve or reopen"), "conversation", "press [data-act=resolve]", "KeyE",
            keys=("E",), where="conversation",
            many="press [data-many=resolve]", aliases="close done بستن"),
    Command("snooze", N_("Snooze…"), "conversation", "menu snooze-menu", "KeyH", keys=("H",),
            where="conversation",
            many="menu bulk-snooze", aliases="later remind بعدا"),
    Command("assign", N_("Assign to…"), "conversation", "press [data-act=assign]", "KeyA",
            keys=("A",), where="conversation",
            many="menu bulk-assign", aliases="agent team owner"),
    Command("tags", N_("Tags…"), "conversation", "menu tags-menu", "KeyT", keys=("T",),
            where="conversation",
            many="menu bulk-tag", aliases="label"),
    Command("priority", N_("Priority…"), "conversation", "menu priority-menu", "KeyP", keys=("P",),
            where="conversation",
            many="menu bulk-priority", aliases="flag اهمیت"),
    Command("subject", N_("Change the subject…"), "conversation", "menu subject-menu", "KeyS",
            keys=("S",), where="conversation", aliases="rename title عنوان"),
    Command("topic", N_("Topic…"), "conversation", "menu topic-menu", "KeyO", keys=("O",),
            where="conversation", aliases="about reason"),
    Command("wait", N_("Wait for the customer"), "conversation", "press [data-act=wait]", "KeyW",
            keys=("W",), where="conversation",
            many="press [data-many=wait]", aliases="pending"),
    Command("unseen", N_("Mark as unread"), "conversation", "press [data-act=unseen]", "KeyU",
            keys=("U",), where="conversation", aliases="unseen new again نخوانده"),
    Command("spam", N_("Move to spam"), "conversation", "press [data-act=spam]", "Digit1",
            shift=True, keys=("!",), where="conversation",
            many="press [data-many=spam]", aliases="junk هرزنامه"),
    Command("merge", N_("Merge with another conversation…"), "conversation",
            "press [data-act=merge]", "KeyM", keys=("M",), where="conversation"),
    Command("macro", N_("Run a macro…"), "conversation", "menu macros-menu", "KeyY", keys=("Y",),
            where="conversation", aliases="several acts"),
    Command("follow", N_("Follow or unfollow"), "conversation", "press .follow-button", "KeyL",
            keys=("L",), where="conversation", aliases="watch bell دنبال"),
    Command("take", N_("Take over"), "conversation", "press .take-button", "KeyI", keys=("I",),
            where="conversation",
            many="press [data-many=take]", aliases="mine own تحویل"),
    Command("find-in", N_("Find in this conversation…"), "conversation",
            "press [data-act=find-in]", "KeyF", keys=("F",), where="conversation",
            aliases="search words جستجو"),
    Command("day", N_("Go to a day…"), "conversation", "press [data-act=day]", "KeyD", keys=("D",),
            where="conversation", aliases="date calendar تاریخ"),
    Command("choose", N_("Choose messages to move…"), "conversation", "press [data-chooses]",
            "KeyC", keys=("C",), where="conversation", aliases="split move جدا"),
    Command("print", N_("As a page to print"), "conversation", "press [data-act=print]", "KeyP",
            shift=True, keys=("Shift", "P"), where="conversation", aliases="export pdf چاپ"),
    Command("export", N_("Export with its files"), "conversation", "press [data-act=export]",
            "KeyE", shift=True, keys=("Shift", "E"), where="conversation",
            aliases="download zip خروجی"),
    Command("more", N_("More acts"), "conversation", "menu more-menu", "Period", keys=(".",),
            where="conversation", palette=False),
    Command("undo", N_("Undo the last act"), "conversation", "press .toast-act", "KeyZ",
            keys=("Z",)),
    Command("send", N_("Send"), "writing", keys=("Ctrl", "↵"), palette=False),
    Command("send-resolve", N_("Send and resolve"), "writing", keys=("Ctrl", "Shift", "↵"),
            palette=False),
    Command("send-open", N_("Send and keep open"), "writing", keys=("Alt", "↵"), palette=False),
    Command("send-snooze", N_("Send and snooze…"), "writing", keys=("Ctrl", "Shift", "H"),
            palette=False),
    Command("send-later", N_("Send later…"), "writing", keys=("Ctrl", "Shift", "L"),
            palette=False),
    Command("bold", N_("Bold"), "writing", keys=("Ctrl", "B"), palette=False),
    Command("italic", N_("Italic"), "writing", keys=("Ctrl", "I"), palette=False),
    Command("link", N_("Link"), "writing", keys=("Ctrl", "K"), palette=False),
    Command("code", N_("Code"), "writing", keys=("Ctrl", "E"), palette=False),
    Command("bullets", N_("List"), "writing", keys=("Ctrl", "Shift", "8"), palette=False),
    Command("quote", N_("Quote"), "writing", keys=("Ctrl", "Shift", "9"), palette=False),
    Command("half-space", N_("Half-space while writing"), "writing", keys=("Shift", "Space"),
            palette=False),
    Command("leave", N_("Leave the field, close"), "writing", keys=("Esc",), palette=False),
    Command("palette", N_("Search or jump to"), "page", "call palette", "KeyK", mod=True,
            keys=("Ctrl", "K"), palette=False),
    Command("keys", N_("Keyboard shortcuts"), "page", "call keys", "Slash", shift=True,
            keys=("?",), aliases="help hotkeys کمک"),
    *(
        Command(f"view-{number}", N_("The views of the rail, in their order"), "going",
                f"call view-{number}", f"Digit{number}",
                keys=("1", "…", "9") if number == 1 else (), palette=False)
        for number in range(1, 10)
    ),
    *(
        Command(name, words, "going", f"go {path}", f"Key{letter}", after="KeyG",
                keys=("G", letter), aliases=aliases)
        for name, words, path, letter, aliases in (
            ("inbox", N_("Inbox"), "/inbox", "I", "open home صندوق"),
            ("customers", N_("Customers"), "/customers", "C", ""),
            ("views", N_("Views of the inbox"), "/views", "V", "filter saved"),
            ("new-view", N_("New view…"), "/views/new", "F", "filter save"),
            ("macros", N_("Macros"), "/macros", "M", ""),
            ("settings", N_("Own settings"), "/me", "S", "language theme تنظیم"),
            ("notices", N_("Notification choices"), "/me/notices", "N",
             "alerts bell sound telegram هشدار"),
            ("security", N_("Sign-in and security"), "/me/security", "Y", "password گذرواژه"),
        )
    ),
    Command("sign-out", N_("Sign out"), "going", "press .sign-out", "KeyQ", after="KeyG",
            keys=("G", "Q"), aliases="log out leave خروج"),
)  # fmt: skip

BY_NAME: Final = {command.name: command for command in COMMANDS}


def table() -> list[dict[str, object]]:
    """The commands as the script needs them: what each key does, and where."""
    return [
        {
            "name": one.name,
            "does": one.does,
            "code": one.code,
            "many": one.many,
            "after": one.after,
            "shift": one.shift,
            "mod": one.mod,
            "where": one.where,
            "repeats": one.repeats,
        }
        for one in COMMANDS
        if one.does
    ]
