"""The cases of `saklar demo`, which plays them on the network of `network_sim/desk`."""
