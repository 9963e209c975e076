"""The channel adapters: one folder (or module) an adapter, found by entry point.

An adapter imports `hub.message`, `hub.channel`, `hub.text` and its own library, and nothing else
of the hub. The entry-point group is `payam.channels`; an adapter of somebody else's registers
itself there in the same way, from a package with a name of its own.
"""

PRODUCT = "payam"
"""Tells this package from another of the same name; see `hub.shipped`."""
