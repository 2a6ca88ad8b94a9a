"""What is decided about hosts that many looks ask."""
