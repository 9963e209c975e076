"""What the hub writes by itself, and what agents begin from: templates in every language.

`Library.render` writes an answer; `seed_templates` and `live_templates` keep the revisions. Every
failure is a `TemplateError` that names template, line and cure. See docs/templates.md.
"""

from hub.replies.errors import TemplateError
from hub.replies.files import template_files
from hub.replies.filters import FILTERS, Reader
from hub.replies.library import Key, Library, Written, calendar_of, locale_chain
from hub.replies.revisions import live_library, live_templates, seed_templates
from hub.replies.template import Template, compile_template
from hub.replies.variables import VARIABLES

__all__ = [
    "FILTERS",
    "VARIABLES",
    "Key",
    "Library",
    "Reader",
    "Template",
    "TemplateError",
    "Written",
    "calendar_of",
    "compile_template",
    "live_library",
    "live_templates",
    "locale_chain",
    "seed_templates",
    "template_files",
]
