"""Money, the shapes of fees, and what each comes to."""
