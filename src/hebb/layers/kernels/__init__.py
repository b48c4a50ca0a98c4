"""What the compiled forms of rules are made of; see `hebb.layers.compiled` for how.

lanes, lines            numbers side by side in registers, and rows that suit them
drive, panels, blocks   p = W v, where most of v is 0: an input, a batch, inputs in between
ahead, above, rebuild   drives of inputs to come; learning from what is missing
halves, turns, threads  units that two threads share, and how
waiting, pull, best, tally  steps of several rules, the few largest, what is counted
"""
