"""What phones say to each other and to the server: keys, device lists, envelopes and what is inside them.

Pure formats; the normative text is docs/spec/messages.md. Nothing here encrypts: that is phone/, which the server
never imports.
"""
