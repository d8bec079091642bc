"""How pictures come in, whatever the camera speaks: the input that runs a source for ever, the port it runs, what an
address and a camera's state are, and the sources that are processes of their own."""
