"""Commands about this machine: doctor."""

import json

from hebb.cli.common import Json, app, tell, width
from hebb.errors import HebbError


@app.command()
def doctor(as_json: Json = False) -> None:
    """Tell what of this machine runs can use, what is missing or broken, and the cure.

    Example: hebb doctor
    """
    from hebb.doctor import examine

    found = examine((lambda line: None) if as_json else tell)
    print(json.dumps(found.plain(), indent=1) if as_json else found.text(width()))
    if found.broken:
        raise HebbError(f"doctor: nothing can run before this is mended: {', '.join(found.broken)}")
