"""The door for browsers and programs: the console, the API, the sealed stream."""
