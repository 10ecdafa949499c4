"""The explorer: pages and a JSON interface on this machine. Nothing leaves it."""
