"""Private discovery: what the server, its evaluator and the phone share (docs/spec/discovery.md). Needs ``rbcl``."""
