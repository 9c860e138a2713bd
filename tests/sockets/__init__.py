"""Raw bytes to the ports of a running local cloud."""
