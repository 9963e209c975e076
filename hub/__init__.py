"""Payam: every message of a customer, from every channel, in one conversation record.

This package is the product. It knows no concrete channel: adapters live in `channels` and meet
the hub through `hub.channel`, in one place, `hub.app`.
"""

__version__ = "0.1.0.dev0"
