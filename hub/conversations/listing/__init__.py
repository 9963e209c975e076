"""The list of conversations: which ones a view holds, in what order, and how many."""

from hub.conversations.listing.counting import Counts, Open, count, counts, open_ones, tally
from hub.conversations.listing.pages import (
    PAGE,
    Page,
    everything_found,
    find_all,
    how_many,
    page,
    some,
)
from hub.conversations.listing.rows import EarlierOne, Listed, earlier, latest_of, one
from hub.conversations.listing.view import NAMES, ORDERS, Filter, Name, Order, Place, View

__all__ = [
    "NAMES",
    "ORDERS",
    "PAGE",
    "Counts",
    "EarlierOne",
    "Filter",
    "Listed",
    "Name",
    "Open",
    "Order",
    "Page",
    "Place",
    "View",
    "count",
    "counts",
    "earlier",
    "everything_found",
    "find_all",
    "how_many",
    "latest_of",
    "one",
    "open_ones",
    "page",
    "some",
    "tally",
]
