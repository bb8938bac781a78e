"""What a run of the benchmarks becomes: tables for a terminal and for docs/performance.md, and its picture."""

import statistics
from math import log10
from xml.sax.saxutils import escape

OURS = "libpie_client"
ENGINES = {"0.4": "engine 0.4, scripted", "0.5": "engine 0.5, scripted", "real": "engine 0.5.2, real"}
BEGIN, END = "<!-- measured: written by `make bench` -->", "<!-- end of what was measured -->"


def per_unit(runs, field, scale=1e6):
    return [run[field] * scale / run["count"] for run in runs]


def ratios(measured, name):
    """How many times as long as ours it needed, in the same round."""
    ours, theirs = (per_unit(measured["runs"][who], "seconds") for who in (OURS, name))
    return sorted(their / our for their, our in zip(theirs, ours))


def number(value):
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}"


def spread(values):
    return f"{number(statistics.median(values))} ({number(min(values))} to {number(max(values))})"


def columns(measured):
    unit = measured["unit"]
    if measured["workload"].startswith("idle"):
        return ["", f"KiB a {unit}", f"descriptors a {unit}", "threads", f"µs a {unit}"]
    head = ["", f"µs a {unit}", "times ours (least to greatest)", "CPU µs", "switches"]
    if unit == "MiB":
        return [head[0], "MiB/s", *head[2:], "peak MiB"]
    return head + (["system calls", "allocations"] if measured["costs"] else [])


def row(measured, name):
    runs = measured["runs"][name]
    median = lambda field, scale=1e6: statistics.median(per_unit(runs, field, scale))
    if measured["workload"].startswith("idle"):
        threads = statistics.median(run["threads"] for run in runs)
        return [name, number(median("resident_kib", 1)), number(median("descriptors", 1)), f"{threads:.0f}",
                number(median("seconds"))]
    all_ratios = ratios(measured, name)
    ratio = "1" if name == OURS else spread(all_ratios)
    cells = [name, number(median("seconds")), ratio, number(median("cpu")), number(median("switches", 1))]
    if measured["unit"] == "MiB":
        cells[1] = number(1e6 / median("seconds"))
        cells.append(number(statistics.median(run["peak_kib"] for run in runs) / 1024))
    costs = measured["costs"].get(name)
    return cells + ([number(costs["system_calls"]), number(costs["allocations"])] if costs else [])


def rows(measured):
    return [columns(measured)] + [row(measured, name) for name in measured["runs"]]


def table(measured):
    cells = rows(measured)
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = ["  ".join(cell.rjust(width) if column else cell.ljust(width)
                       for column, (cell, width) in enumerate(zip(line, widths))) for line in cells]
    return "\n".join([f"{ENGINES[measured['engine']]}: {measured['title']}", *lines, ""])


def loaded(outcome):
    """What loading takes: name, bytes, milliseconds."""
    names = dict.fromkeys([*outcome["sizes"], *outcome["load"]])
    size = lambda name: f"{outcome['sizes'][name]:,}" if name in outcome["sizes"] else ""
    times = lambda name: spread(outcome["load"][name]) if name in outcome["load"] else ""
    return [["", "bytes", "ms to load (least to greatest)"], *([name, size(name), times(name)] for name in names)]


def load_table(outcome):
    return "\n".join("  ".join(cell.ljust(34) for cell in line).rstrip() for line in loaded(outcome)) + "\n"


def markdown(measured):
    title = f"{ENGINES[measured['engine']]}: {measured['title']}"
    return "\n".join([f"### {title[0].upper()}{title[1:]}", "", *pipes(rows(measured)), ""])


def pipes(cells):
    lines = ["| " + " | ".join(line) + " |" for line in cells]
    lines.insert(1, "|---" + "|---:" * (len(cells[0]) - 1) + "|")
    return lines


def save(outcome, docs):
    page = docs / "performance.md"
    before, rest = page.read_text().split(BEGIN)
    after = rest.split(END)[1]
    machine = outcome["machine"]
    about = (f"{machine['processor']}, {machine['cores']} cores, {machine['system']}; {outcome['rounds']} paired rounds.\n")
    load = "\n".join(["### Size, and time to load", "", *pipes(loaded(outcome)), ""])
    tables = "\n".join(markdown(measured) for measured in outcome["measured"])
    page.write_text(f"{before}{BEGIN}\n\n{about}\n{load}\n{tables}\n{END}{after}")
    (docs / "performance.svg").write_text(picture(outcome["measured"]))


def picture(all_measured):
    """A bar for each official client and workload: how many times as long as ours it needs, on a logarithmic scale."""
    bars = [(m, name) for m in all_measured if not m["workload"].startswith("idle")
            for name in m["runs"] if not name.startswith(OURS)]
    height, left, right, most = 18, 330, 60, 1000
    scale = lambda ratio: left + (900 - left - right) * max(0, log10(ratio * 10)) / log10(most * 10)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="{height * len(bars) + 70}" '
             'font-family="sans-serif" font-size="12">', '<rect width="100%" height="100%" fill="white"/>',
             '<text x="10" y="20" font-size="14">Time of others for what libpie_client does in time 1 '
             '(median, least and greatest of paired rounds)</text>']
    bottom = height * len(bars) + 45
    for tick in (0.1, 1, 10, 100, 1000):
        x = scale(tick)
        color = "#000" if tick == 1 else "#ccc"
        lines += [f'<line x1="{x:.1f}" y1="32" x2="{x:.1f}" y2="{bottom}" stroke="{color}"/>',
                  f'<text x="{x:.1f}" y="{bottom + 15}" text-anchor="middle">{tick:g}</text>']
    for index, (measured, name) in enumerate(bars):
        y = 36 + height * index
        found = ratios(measured, name)
        least, greatest = found[0], found[-1]
        middle = statistics.median(found)
        color = {"R": "#c65d21", "P": "#3572a5"}.get(name[0], "#888888")
        label = f"{measured['engine']} {measured['title']}: {name}"
        lines += [f'<text x="{left - 6}" y="{y + 12}" text-anchor="end">{escape(label)}</text>',
                  f'<rect x="{scale(0.1):.1f}" y="{y + 2}" width="{scale(middle) - scale(0.1):.1f}" height="12" '
                  f'fill="{color}"/>',
                  f'<line x1="{scale(least):.1f}" y1="{y + 8}" x2="{scale(greatest):.1f}" y2="{y + 8}" stroke="#000"/>',
                  f'<text x="{scale(greatest) + 5:.1f}" y="{y + 12}">{number(middle)}</text>']
    return "\n".join([*lines, "</svg>", ""])
