"""Programs of others that are told what happens: who they are, what they are told, what came of it.

They subscribe to kinds of events; what they are told is signed by the Standard Webhooks
specification and sent by `hub.webhooks`.
"""
