"""What host commands have in common, a family a file: PINs, MACs, keys in and out, cards, reports."""
