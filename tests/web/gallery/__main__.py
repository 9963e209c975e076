"""`python -m tests.web.gallery [port]`: look at every page in a browser."""

import sys

import uvicorn

from tests.web.gallery.app import application

if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8099
    uvicorn.run(application(), port=port, log_level="warning", timeout_graceful_shutdown=1)
