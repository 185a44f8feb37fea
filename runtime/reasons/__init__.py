"""Every reason for which a call is refused: the table that services raise from and documents are made of."""
