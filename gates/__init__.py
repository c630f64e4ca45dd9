"""What must be true before we trade: pure rules over frozen facts, standard library only."""
