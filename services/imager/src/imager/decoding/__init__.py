"""Hostile bytes in, harmless pixels out."""
