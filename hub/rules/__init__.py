"""Rules: what happens by itself when something happened, and why.

`hub.rules.engine` decides and is pure. `hub.rules.load` reads files, `hub.rules.revisions` keeps
what is live, `hub.rules.schema` publishes the JSON Schema for editors. See docs/rules.md.
"""
