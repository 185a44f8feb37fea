"""The features service: from pictures to features."""
