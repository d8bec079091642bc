"""Cameras by RTSP, over TCP, TLS or UDP: the dialogue, its messages, the packets and the pictures in them."""
