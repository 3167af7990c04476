"""What is inside of a build: its facts, and how two builds differ."""
