"""The page about the hub itself: its version, its disk, its backups."""
