"""What happens between a run's first weights and its last; `hebb.experiment` begins and ends it.

loop     phases, epochs and chunks, and the checkpoints between them
supply   what a phase shows, where its layers are
record   what an epoch has come to
writer   a thread that writes while the next epoch is under way
"""

from hebb.training.loop import Position, Training, chunk_of

__all__ = ["Position", "Training", "chunk_of"]
