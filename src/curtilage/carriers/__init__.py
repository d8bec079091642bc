"""What speaks SMS: the port (carrier.py), its formats, and an adapter for each way to a carrier.

Below messages/ and phone/, which both send texts and know none of the adapters. Numbers and texts never stand in a log,
a repr or an error of this room.
"""
