"""The far side of the Telegram channel: a Bot API server that keeps what it was told.

`world` is what Telegram remembers, `markup` and `methods` are its documented methods and
refusals, `people` is what customers do, `web` is the HTTP door. `tests.telegram_server` puts
them together.
"""
