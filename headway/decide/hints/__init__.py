"""What follows from hints: whose they are, and when one look is due for many of them."""
