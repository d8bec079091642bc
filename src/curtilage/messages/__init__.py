"""The server's half of messages: registration, discovery, mailboxes. It never sees a text, and no number for long."""
