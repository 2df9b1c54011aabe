"""What was measured, as JSON, tables and a plot."""

from __future__ import annotations

from pathlib import Path
from statistics import geometric_mean
from typing import Any

from .crew import Member
from .machine import Limits
from .row import Workload

OURS = "thalweg"
OURSELVES = (OURS, "thalweg-recorded")  # no peers


def collect(
    workload: Workload,
    members: list[Member],
    missing: dict[str, str],
    deviation: float,
    limits: dict[int, Limits],
) -> dict[str, Any]:
    """A workload's result: for each peer each number of threads, and the best of them."""
    peers: dict[str, Any] = {}
    for member in members:
        low, median, high = member.samples.quartiles()
        limit = limits[member.threads]
        peers.setdefault(member.peer, {"threads": {}})["threads"][member.threads] = {
            "median": median,
            "quartiles": [low, high],
            "samples": len(member.samples.seconds),
            "discarded": len(member.samples.discarded),
            "disturbed": member.samples.disturbed,
            "peak_share": workload.flops / median / limit.flops,
            "triad_share": workload.bytes / median / limit.bytes,
            "memory_kib": member.ask("memory"),
        }
    for peer in peers.values():
        peer["best"] = min(peer["threads"], key=lambda n: peer["threads"][n]["median"])
    return {
        "name": workload.name,
        "title": workload.row.title,
        "batch": workload.batch,
        "training": workload.training,
        "flops": workload.flops,
        "bytes": workload.bytes,
        "deviation": deviation,
        "limits": {n: vars(limit) for n, limit in limits.items()},
        "peers": peers,
        "missing": missing,
    }


def best(measured: dict[str, Any], peer: str) -> dict[str, Any] | None:
    """A peer's figures at its best number of threads."""
    found = measured["peers"].get(peer)
    return found and found["threads"][found["best"]]


def ratio(measured: dict[str, Any], peer: str) -> float | None:
    """The peer's time over Thalweg's, each at its best: above 1 Thalweg is the quicker one."""
    ours, theirs = best(measured, OURS), best(measured, peer)
    return theirs["median"] / ours["median"] if ours and theirs else None


def heading(result: dict[str, Any]) -> str:
    """What was measured on what."""
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    machine = result["machine"]
    return (
        f"{result['date']}, {machine['cpu']}, {machine['cores']} cores\n{versions}\n"
        f"{result['samples']} samples of {result['sample_seconds'] * 1e3:.0f} ms each, in alternation; "
        "~ marks those that other work disturbed"
    )


def workload_table(measured: dict[str, Any]) -> str:
    """All there is about one workload."""
    kind = "training step" if measured["training"] else "inference"
    compared = "five losses" if measured["training"] else "outputs"
    limits = "; ".join(
        f"{n} threads {limit['flops'] / 1e9:.0f} GFLOP/s, {limit['bytes'] / 1e9:.1f} GB/s"
        for n, limit in measured["limits"].items()
    )
    lines = [
        "",
        f"{measured['name']}: {measured['title']}, {kind}, batch {measured['batch']}; "
        f"{measured['flops'] / 1e6:.3g} MFLOP, {measured['bytes'] / 1e6:.3g} MB",
        f"  {compared} agree to {measured['deviation']:.0e}; the machine: {limits}",
        f"  {'':20} threads  median ms    quartiles            "
        "of FMA peak  of triad  memory MiB  discarded  ratio",
    ]
    for name, peer in measured["peers"].items():
        for threads, figures in peer["threads"].items():
            low, high = figures["quartiles"]
            chosen = threads == peer["best"]
            found = ratio(measured, name) if chosen else None
            lines.append(
                f"  {name:20} {threads:>4}   {milliseconds(figures['median'])}"
                f"{'~' if figures['disturbed'] else ' '}"
                f"   {milliseconds(low)} {milliseconds(high)}"
                f"   {figures['peak_share']:>9.1%}  {figures['triad_share']:>8.1%}"
                f"  {figures['memory_kib'] / 1024:>10.1f}  {figures['discarded']:>3} of"
                f" {figures['discarded'] + figures['samples']:<3}"
                f"  {f'{found:.2f}' if found else ''}".rstrip()
            )
    lines += [f"  {peer:20} -      {reason[:80]}" for peer, reason in measured["missing"].items()]
    return "\n".join(lines)


def summary(result: dict[str, Any]) -> str:
    """Each peer's time over Thalweg's, line by line, and the geometric means."""
    peers = list(dict.fromkeys(p for w in result["workloads"] for p in w["peers"] if p != OURS))
    lines = [
        "\nTime of each peer over Thalweg's, each at its best number of threads:\n",
        f"{'':20} {'thalweg ms':>10} {'of peak':>8} "
        + "".join(f"{peer.removeprefix('torch-'):>14}" for peer in peers)
        + f"{'best peer':>12}",
    ]
    for measured in result["workloads"]:
        ours = best(measured, OURS)
        ratios = {peer: ratio(measured, peer) for peer in peers}
        cells = "".join(f"{f'{r:.2f}' if r else '-':>14}" for r in ratios.values())
        if ours is None:
            lines.append(f"{measured['name']:20} {'-':>10}")
            continue
        known = [r for peer, r in ratios.items() if r and peer not in OURSELVES]
        lines.append(
            f"{measured['name']:20} {milliseconds(ours['median']):>10} {ours['peak_share']:>8.1%} {cells}"
            f"{f'{min(known):.2f}' if known else '-':>12}"
        )
    return "\n".join([*lines, "", *means(result)])


def markdown(result: dict[str, Any]) -> str:
    """The machine, and a line for each workload and number of threads, to be kept beside the project."""
    peers = list(dict.fromkeys(peer for w in result["workloads"] for peer in w["peers"]))
    lines = [
        f"# {result['machine']['cpu']}, {result['date']}",
        "",
        *(f"- {name}: {value}" for name, value in result["machine"].items()),
        *(f"- {name} {version}" for name, version in result["versions"].items()),
        f"- {result['samples']} samples of {result['sample_seconds'] * 1e3:.0f} ms each, in alternation",
        "",
        "Medians in milliseconds; `~` where other work on the machine disturbed the samples. `of peak`:",
        "Thalweg's share of what the FMA units reach on as many threads. `best peer`: the time of the",
        "quickest peer over Thalweg's, each at its best number of threads.",
        "",
        "| workload | threads | " + " | ".join(peers) + " | of peak | best peer |",
        "| --- | --- |" + " ---: |" * (len(peers) + 2),
    ]
    for measured in result["workloads"]:
        counts = sorted({n for peer in measured["peers"].values() for n in peer["threads"]})
        known = [r for p in peers if p not in OURSELVES and (r := ratio(measured, p))]
        for threads in counts:
            figures = [measured["peers"].get(p, {}).get("threads", {}).get(threads) for p in peers]
            cells = [
                f"{milliseconds(f['median']).strip()}{'~' if f['disturbed'] else ''}" if f else "-"
                for f in figures
            ]
            ours = measured["peers"].get(OURS, {}).get("threads", {}).get(threads)
            cells.append(f"{ours['peak_share']:.0%}" if ours else "-")
            cells.append(f"{min(known):.2f}" if known and threads == counts[0] else "")
            lines.append(f"| {measured['name']} | {threads} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *means(result)]) + "\n"


def means(result: dict[str, Any]) -> list[str]:
    """The geometric means over all workloads."""
    chosen = [w for w in result["workloads"] if best(w, OURS)]
    peers = list(dict.fromkeys(p for w in chosen for p in w["peers"] if p not in OURSELVES))
    ratios = [[r for p in peers if (r := ratio(w, p))] for w in chosen]
    bests = [min(known) for known in ratios if known]
    eager = [r for w in chosen if (r := ratio(w, "torch"))]
    memory = [
        best(w, OURS)["memory_kib"] / theirs["memory_kib"]
        for w in chosen
        if (theirs := best(w, "torch")) and theirs["memory_kib"] > 0 and best(w, OURS)["memory_kib"] > 0
    ]
    lines = []
    if bests:
        lines.append(f"Geometric mean over the best peer: {geometric_mean(bests):.2f}")
    if eager:
        lines.append(f"Geometric mean over PyTorch, eager: {geometric_mean(eager):.2f}")
    if memory:
        lines.append(f"Geometric mean of the peak of memory over PyTorch's: {geometric_mean(memory):.2f}")
    return lines


def milliseconds(seconds: float) -> str:
    """Four digits."""
    return f"{f'{seconds * 1e3:.4g}':>9}"


def plot(result: dict[str, Any], path: Path) -> None:
    """Bars: the peers' times over Thalweg's, with quartiles, on a logarithmic axis."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    workloads = [w for w in result["workloads"] if best(w, OURS)][::-1]
    peers = list(dict.fromkeys(p for w in workloads for p in w["peers"] if p != OURS))
    if not peers:
        return
    figure, axes = pyplot.subplots(figsize=(9, 1.2 + 0.16 * len(workloads) * (len(peers) + 1)))
    height = 0.8 / len(peers)
    for index, peer in enumerate(peers):
        shown = [(place, w) for place, w in enumerate(workloads) if peer in w["peers"]]
        ratios = [ratio(w, peer) for _, w in shown]
        spread = [
            [
                abs(best(w, peer)["quartiles"][side] / best(w, OURS)["median"] - r)
                for (_, w), r in zip(shown, ratios, strict=True)
            ]
            for side in (0, 1)
        ]
        places = [place + 0.4 - height * (index + 0.5) for place, _ in shown]
        widths = [r - 1 for r in ratios]
        axes.barh(places, widths, height, 1, xerr=spread, label=peer, error_kw={"linewidth": 0.8})
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_yticks(range(len(workloads)), [w["name"] for w in workloads])
    axes.set_xlabel("time over Thalweg's: right of 1 Thalweg is quicker")
    axes.set_title(f"{result['machine']['cpu']}, {result['date']}", fontsize=9)
    axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
