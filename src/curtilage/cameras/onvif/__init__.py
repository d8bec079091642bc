"""Cameras by ONVIF: found on the local network, asked for their streams, model, firmware and keyframes."""
