"""What there is among runs, for the command line and for notebooks: plain functions.

listing      runs found, told in an entry each, ordered and chosen from
sweeps       sweeps found and listed; what their tables say
contents     what the files of one run say; progress, how far it is; collapse, what is to be minded
description  what one run is          family      which run began with the weights of which
comparison   runs side by side        removal     what may go, and how it goes
evaluation   what a read-out came to, for a terminal; text, pieces of what is told there
file_cache   what was read is not read again while the file is as it was
"""
