"""The HSM on TCP: who gets in, what is answered and when, what is traced, and what goes wrong on purpose."""
