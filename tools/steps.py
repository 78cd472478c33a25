#!/usr/bin/env python3
"""steps.py OUT HASH COMMIT [FOLDER]: turn what `lanewise eval crossings --ablate --out OUT` found into one page a
step, FOLDER/step-*.md with their pictures (default docs/results): question, data, command, figures. A page that is
there keeps what stands behind "## What follows"."""
import html
import json
import pathlib
import re
import shutil
import sys

# step: title, question, how
PAGES = {
    "fusion": (
        "What several shots of a face are worth",
        "A face behind glass is seen in 12 to 30 frames and by up to three cameras. How much more is "
        "verified when the kept shots of an occupant speak together than when the best one speaks "
        "alone?",
        "Templates of the kept shots (up to a few of each track and camera) are added, weighted by "
        "what each is worth, and brought to unit length (`src/app/seen.c`). Without the step the best "
        "shot alone is embedded, for linking tracks to documents as for the answer.",
    ),
    "contrast": (
        "What the light of the face is worth",
        "Glass adds light and takes contrast. How much more is verified when mean and standard "
        "deviation of a face's luminance are set to those of a portrait before it is embedded "
        "(`src/face/contrast.h`)?",
        "Everything else stays: the same boxes, landmarks, shots and weights. [Other "
        "treatments](contrast.md) of the light were measured before with perfect tracking.",
    ),
    "reduced-scale": (
        "At which scale faces are best looked for",
        "The detector reads every frame at about 0.41 of its size. What does that lose against native "
        "resolution, and what does it save?",
        "Without the step every whole frame is read at native resolution, in strips, by the same "
        "network with the same thresholds. Landmarks and crops come from the native frame in both.",
    ),
    "rear": (
        "What a second look at the rear rows is worth",
        "Heads in the third row have half the height of those in front. Where the reduced frame shows "
        "them too small, the part above and beside the front heads is read again, every other frame, at "
        "the scale at which rear heads are about 44 pixels high (`src/app/rear.c`). Whom does that find?",
        "Without the step rear rows are seen at the scale of the whole frame alone. Where front heads "
        "are larger than about 104 pixels in the frame nothing is read again in either way.",
    ),
    "linking": (
        "What going by documents is worth",
        "Tracks of several cameras are views of one person when they go by the same document "
        "(`src/track/group.c`). How much would geometry alone lose?",
        "Without the step only seats join the tracks of different cameras.",
    ),
    "rest": (
        "What resting costs and saves",
        "As soon as everybody is verified beyond doubt the detector looks five times a second only, "
        "and nobody is embedded any more. Is anybody lost by it?",
        "Without the step every frame is looked at to the end, and every track embedded.",
    ),
    "cabin": (
        "What a learnt cabin is worth",
        "After thirty crossings a camera knows where people sit (`lanewise cross --learn-regions`, "
        "[format](../formats/cabins.md)). What does it save to look there alone, and at the whole picture "
        "every fifth time, and whom does it lose?",
        "Learnt from other vehicles than those that are answered here. Without the step whole pictures "
        "are looked at.",
    ),
    "cameras": (
        "What more than one camera is worth",
        "Half of the vehicles have cameras on both sides beside the one on the windshield. What do "
        "those add?",
        "Without the step the side cameras are not even opened. Vehicles with the windshield camera "
        "alone are the same in both ways and stay in every figure, so that what a vehicle with three "
        "cameras gains is about twice what is shown.",
    ),
    "closer-look": (
        "What the closer look is worth",
        "The detector's large anchors fire at hands, cloth and hair. Boxes higher than 0.16 of the "
        "frame are read again at the sizes that the network knows best (`src/face/confirm.c`). How "
        "many phantoms does that keep out, whom does it lose, and what does it cost?",
        "Without the step every box that the tracker takes may become a shot.",
    ),
}

ROWS = [
    ("vehicle_completeness", "vehicles complete"),
    ("vehicle_completeness_one_camera", "… with the windshield camera alone"),
    ("capture_rate", "occupants captured"),
    ("capture_rate_row_3", "… in row 3"),
    ("true_verification_rate", "true verification"),
    ("vehicle_verified_rate_documented", "documented vehicles wholly verified"),
    ("false_verification_rate", "false verification"),
    ("phantom_rate", "vehicles with a phantom"),
]


def percent(x, digits=1):
    return "–" if x is None else f"{100 * x:.{digits}f}"


def rate(r):
    if not r["of"]:
        return "–"
    low, high = r["ci95"]
    digits = 2 if r["of"] >= 1000 else 1
    share = f"{percent(r['value'], digits)} % [{percent(low, digits)}, {percent(high, digits)}]"
    return f"{r['n']:g} of {r['of']:g}, {share}"


def gain(g):
    if g["value"] is None:
        return "–"
    if g["vehicles_up"] + g["vehicles_down"] == 0:
        return "0"
    low, high = (f"{100 * x:+.1f}" for x in g["ci95"])
    return f"{100 * g['value']:+.1f} [{low}, {high}]"


def whole(summary, key):
    row = re.fullmatch(r"capture_rate_row_(\d)", key)
    return summary["capture_rate_by_row"][row[1]] if row else summary[key]


def table(summary, name):
    step = summary["ablation"][name.replace("-", "_")]
    lines = [
        f"Without `{name}`: {step['left_out']}.",
        "",
        "| | the whole chain | without it | points added | vehicles up, down |",
        "|---|---|---|---|---|",
    ]
    for key, title in ROWS:
        d = step[key]["difference"]
        lines.append(
            f"| {title} | {rate(whole(summary, key))} | {rate(step[key]['without'])} | {gain(d)} | "
            f"{d['vehicles_up']}, {d['vehicles_down']} |"
        )
    ours, without = summary["cpu_ms_per_vehicle"], step["cpu_ms_per_vehicle"]
    lines.append(
        f"| CPU time a vehicle | {ours / 1000:.2f} s | {without / 1000:.2f} s | {(ours - without) / 1000:+.2f} s | |"
    )
    lines += ["", f"![Rates with and without {name}](step-{name}.svg)", ""]
    return lines


def command_of(out):
    page = (out / "report.html").read_text(encoding="utf-8")
    return html.unescape(re.search(r"<dt>Command</dt><dd>(.*?)</dd>", page)[1])


def page(summary, out, digest, commit, name):
    title, question, how = PAGES[name]
    lines = [
        f"# {title}",
        "",
        f"**Question.** {question}",
        "",
        f"**Data.** {summary['vehicles']} synthetic vehicles with truth, {summary['occupants']} occupants; "
        f"sha256 `{digest}`",
        "([how it is computed](../EVALUATION.md)). Synthetic: no field rate follows from it.",
        "",
        f"**How.** {how} Intervals: vehicles drawn with replacement, both ways from the same draw.",
        "",
        f"**Command** (commit `{commit}`).",
        "",
        "```",
        command_of(out),
        "```",
        "",
    ]
    return "\n".join(lines + table(summary, name))


def main():
    out, digest, commit = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    results = pathlib.Path(__file__).resolve().parent.parent / "docs" / "results"
    folder = pathlib.Path(sys.argv[4]) if len(sys.argv) > 4 else results
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    names = [n for n in PAGES if n.replace("-", "_") in summary.get("ablation", {})]
    if not names:
        sys.exit(f"{out}/summary.json: no step was left out; run eval crossings with --ablate")
    for name in names:
        path = folder / f"step-{name}.md"
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        said = re.search(r"\n## What follows\n.*", old, re.S)
        path.write_text(page(summary, out, digest, commit, name) + (said[0] if said else ""), encoding="utf-8")
        shutil.copy(out / f"ablation-{name}.svg", folder / f"step-{name}.svg")


if __name__ == "__main__":
    main()
