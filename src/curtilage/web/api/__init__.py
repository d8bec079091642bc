"""The HTTP API under /api/v1: a router a file, and the models of what it takes and gives."""
