"""The algorithms, as pure functions: no state, no sockets, each named by its standard."""
