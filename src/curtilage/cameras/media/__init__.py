"""What a stream is made of: pictures and sound as codecs write them, boxes, parts, times. Pure."""
