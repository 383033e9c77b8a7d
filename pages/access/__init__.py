"""Who may see what: staff accounts, sign-in, the guard, rights, masking, escaping, headers."""
