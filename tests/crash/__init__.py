"""The crash test: the hub is a process, killed again and again; its far sides live on."""
