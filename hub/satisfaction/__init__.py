"""How satisfied people are: what they were asked, what they answered, what they let show."""

from hub.satisfaction.answers import Asked, Closed, rate, record
from hub.satisfaction.asking import Asking, ask
from hub.satisfaction.signals import log_signal
from hub.satisfaction.surveys import MAIN, SurveyKind

__all__ = [
    "MAIN",
    "Asked",
    "Asking",
    "Closed",
    "SurveyKind",
    "ask",
    "log_signal",
    "rate",
    "record",
]
