"""The dialects that saklar ships, one TOML file each; docs/dialects.md says how to read and write them."""
