"""E-mail: reading by IMAP, sending by SMTP.

Mail is read by UID with a cursor per mailbox and without marking anything as seen; answers are
threaded by References and by a reply address that carries the hub's signed token.
"""

from __future__ import annotations

from channels.mail.settings import MailSettings
from hub.channel import Account, Channel, ChannelKind


def _open(account: Account) -> Channel:
    # The IMAP, SMTP and HTML libraries are loaded when an account exists, not to list the kinds.
    from channels.mail.adapter import MailChannel

    return MailChannel(account)


channel = ChannelKind(kind="mail", settings=MailSettings, open=_open, label="E-mail", mark="mail")
