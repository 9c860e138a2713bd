"""Measured beside the peers, in one run, as ratios of medians; results land in `benchmarks/results/`."""
