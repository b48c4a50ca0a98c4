"""How a layer is read out: the vote of its units, measures, and controls that learned nothing."""
