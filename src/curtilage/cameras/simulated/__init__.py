"""Cameras that are not there, drawn and encoded by a process of their own."""
