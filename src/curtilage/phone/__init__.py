"""The person's half of messages, on the person's own machine. It never imports the server's."""
