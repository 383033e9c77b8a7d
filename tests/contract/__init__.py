"""The sandbox and the client, each against the contract file."""
