"""What makes a bundle a package for the phone: its graphs joined, converted, and compared."""
