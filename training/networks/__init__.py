"""Convolutional networks: the one room that imports PyTorch, and only when a network is trained or asked."""
