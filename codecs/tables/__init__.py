"""What codes mean, as data: one TOML file a subject, each with its source at its head."""
