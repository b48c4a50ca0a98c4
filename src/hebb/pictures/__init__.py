"""The pictures and films of a run: which there are, and the arrays that `plots` draws them from.

plot     pictures, drawn into plots/ of a run: of what a snapshot holds in `weights`, of what units
         won in `by_wins`, of images that pass the stack anew in `reading`; all see a run as `Seen`
animate  films, written to files; `scenes` says what they show
"""
