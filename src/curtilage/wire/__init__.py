"""The formats that two sides share: identifiers, the sealed part, the records of a stream, key delivery, the mark."""
