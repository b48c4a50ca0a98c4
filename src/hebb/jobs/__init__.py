"""Many runs, wherever there is room for them: what sweeps and verifications have in common.

work      a job, what it comes to, and how it is done
places    where jobs are run: processes of this machine, or a Dask cluster
conduct   hands jobs to a place, and tells what they come to
"""

from hebb.jobs.conduct import Listener, conduct
from hebb.jobs.places import Cluster, Local, at_once
from hebb.jobs.work import Job, Outcome

__all__ = ["Cluster", "Job", "Listener", "Local", "Outcome", "at_once", "conduct"]
