"""Benchmarks: the gates as ratios against an interleaved base."""
