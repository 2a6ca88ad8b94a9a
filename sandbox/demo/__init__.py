"""The story of a delivery, told through real flow runs and checked on the real systems."""
