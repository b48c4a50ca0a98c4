"""What a person reads of a benchmark: figures in, text out."""

from hebb.bench import AGREE, Bench, Measured
from hebb.bench.limits import RESTLESS
from hebb.bench.rows import CLASSIFIED

HEAD = (
    f"{'row':<15}{'a second':>11}  {'turns':<21}{'cores':>6}{'operations':>13}{'bytes':>10}"
    f"{'limit':>13}  of it, by"
)


def machine_lines(bench: Bench) -> list[str]:
    """Who computes, and what it can do at best."""
    it, limits = bench.machine, bench.limits
    caches = "".join(f" · {name} {scaled(size, 1024)}iB" for name, size in it.caches.items())
    versions = it.versions
    bandwidths = "".join(
        f" · {name} {each / 1e9:.0f} GB/s" for name, each in limits.bandwidths.items()
    )
    return [
        f"{it.cpu}, {it.cores} core{'s'[: it.cores != 1]}{caches} · {it.system}",
        f"Python {versions['python']} · NumPy {versions['numpy']} ({it.blas}) · "
        f"Numba {versions['numba']} · float32",
        f"at best, all cores: {limits.peak / 1e9:.0f} GFLOP/s{bandwidths}",
    ]  # fmt: skip


def row_line(found: Measured) -> str:
    """One row under HEAD."""
    ours, need = found.ours, found.need
    turns = f"({min(ours.turns):,.0f} to {max(ours.turns):,.0f})"
    return (
        f"{found.row.id:<15}{ours.median:>11,.0f}  {turns:<21}{ours.cores:>6.1f}"
        f"{scaled(need.operations):>13}{scaled(need.bytes):>10}{1 / need.least:>13,.0f}"
        f"  {100 * found.share:.0f} %, {need.by}" + ("" if found.trusted else "  (wide)")
    )


def last_lines(bench: Bench) -> list[str]:
    """What the rows were shown, what 70,000 images take, and whether to trust it all."""
    lines = [f"data: {', '.join(sorted({row.data for row in bench.rows}))}"]
    for each in bench.rows:
        if each.row.classifies:
            seconds = CLASSIFIED / each.ours.median
            lines.append(f"{each.row.title}: {CLASSIFIED:,} images in {seconds:.1f} s")
    return [*lines, *trust_lines(bench)]


def trust_lines(bench: Bench) -> list[str]:
    pulse = bench.pulse
    beats = (
        f"the same short work, {len(pulse.beats)} times, took {100 * pulse.restless:.0f} % longer "
        f"than at its quickest (median; at worst {100 * pulse.worst:.0f} %)"
    )
    wide = [each.row.id for each in bench.rows if not each.trusted]
    lines = []
    if pulse.trusted:
        lines.append(f"machine at rest: {beats}")
    else:
        lines.append(
            f"RATES NOT TO BE TRUSTED, the machine is busy: {beats}; "
            f"up to {100 * RESTLESS:.0f} % is rest"
        )
    if wide:
        lines.append(
            f"RATES NOT TO BE TRUSTED, turns lie more than {100 * AGREE:.0f} % apart: "
            f"{', '.join(wide)}"
        )
    return lines


def scaled(number: float, step: int = 1000) -> str:
    """1234567 as 1.23 M."""
    units = ["", "k" if step == 1000 else "K", "M", "G", "T"]
    while number >= step and len(units) > 1:
        number, units = number / step, units[1:]
    return f"{number:.3g} {units[0]}"
