"""What LushaEnrich is made of: rotation, keys, the Lusha client, the results store and spreadsheets."""
