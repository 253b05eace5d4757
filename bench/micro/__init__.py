"""Micro-benchmarks: one part alone."""
