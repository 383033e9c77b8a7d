"""What the screens share: settings, sources, filters, tiles, tables, states."""
