"""The keys: root key, home keys, person keys; sealing and opening private fields; keyed look-up."""
