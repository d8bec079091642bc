"""The delivery by WebRTC (WHEP): offers and answers, packets, their pace and repairs."""
