"""Descriptions of dialects as other programs have them, made into dialect files and back."""
