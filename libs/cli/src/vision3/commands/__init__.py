"""One file per command: it reads the command line and calls what does the work."""
