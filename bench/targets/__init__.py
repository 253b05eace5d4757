"""What is measured, in processes of its own: the switch, its baselines, and who answers behind them."""
