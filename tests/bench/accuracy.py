"""Measures what refinement gets right, against labelled postings, and prints a table with the floors to keep.

Usage: accuracy.py [--engine "build/bin/scraper-service refine"] [--details NAME] [DATA_DIR]

DATA_DIR (or JOBMESH_DATA_DIR) holds the evaluation data, which is not part of the project: postings/ and labels/ and
listings/ as their README describes them. Without it the program says so and ends with status 0. The engine is any command
that speaks the interface of scraper-service/refine/README.md, "Engine". The table is also written to bench/accuracy.json of
the build directory. Exit status 1 when a value is below its floor.

Below the floors stand the four outcomes of every field: extracted (right), abstained (not stated, null), missed (stated,
null) and hallucinated (wrong, or said where nothing is stated).
"""

import argparse
import collections
import csv
import html
import itertools
import json
import os
import pathlib
import random
import re
import shlex
import subprocess
import sys
import tempfile

LINKEDIN_TYPES = {
    "Full-time": "FULL_TIME",
    "Part-time": "PART_TIME",
    "Contract": "CONTRACT",
    "Temporary": "TEMPORARY",
    "Internship": "INTERN",
}
HN_SENIORITY = {"junior": {"JUNIOR", "INTERN"}, "senior": {"SENIOR"}, "staff+": {"LEAD", "DIRECTOR", "EXECUTIVE"}}
# The same spelling on both sides of the comparison.
SAME_SKILL = {
    "postgres": "postgresql", "golang": "go", "k8s": "kubernetes", "gcp": "google cloud", "node": "node.js",
    "tailwind": "tailwind css", "rails": "ruby on rails", "amazon s3": "s3", "apache airflow": "airflow",
    "apache kafka": "kafka", "apache spark": "spark", "apache arrow": "arrow", "drf": "django rest framework",
}  # fmt: skip
WORK_MODES = {"remote", "hybrid", "onsite", "on-site", "in-office", "in office", "office", "distributed", "n/a", "location"}


BUILD = pathlib.Path(os.environ.get("JOBMESH_BUILD_DIR", pathlib.Path(__file__).resolve().parents[2] / "build"))
# Services refuse settings they do not know, and those of the front door are none of theirs.
CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("JOBMESH_")}
# Adzuna's own convention for a year: 48 weeks of five days of eight hours. The product counts 52 weeks.
ADZUNA_YEAR = {"HOUR": 1920, "DAY": 240, "WEEK": 48, "MONTH": 12, "YEAR": 1}


class Engine:
    def __init__(self, command: str):
        self.command = shlex.split(command)

    def run(self, items: list[dict]) -> list[dict]:
        lines = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)
        done = subprocess.run(self.command, input=lines.encode(), stdout=subprocess.PIPE, check=True, env=CLEAN)
        results = [json.loads(line) for line in done.stdout.decode().splitlines()]
        if [r["id"] for r in results] != [i["id"] for i in items]:
            raise SystemExit("the engine answered other ids than it was asked")
        return results


class Report:
    def __init__(self, details: str | None):
        self.rows = []
        self.outcomes = collections.defaultdict(collections.Counter)
        self.details = details

    def add(self, name: str, value: float, floor: float, text: str, at_most: bool = False) -> None:
        good = value <= floor if at_most else value >= floor
        self.rows.append((name, text, f"{'<=' if at_most else '>='} {floor:g}", good, value))

    def judge(self, field: str, stated, found, right: bool) -> str:
        """Counts one of the four outcomes of a field and returns it."""
        if stated is None:
            outcome = "abstained" if found is None else "hallucinated"
        else:
            outcome = "missed" if found is None else "extracted" if right else "hallucinated"
        self.outcomes[field][outcome] += 1
        return outcome

    def note(self, name: str, *values) -> None:
        if self.details and self.details in name:
            print(name, *values, sep=" | ")

    def show(self) -> bool:
        width = max(len(row[0]) for row in self.rows)
        for name, text, floor, good, _ in self.rows:
            print(f"{name:<{width}}  {floor:>9}  {'pass ' if good else 'below'}  {text}")
        kinds = ("extracted", "abstained", "missed", "hallucinated")
        print(f"\n{'outcomes':<{width}}", *(f"{kind:>12}" for kind in kinds), f"{'of':>7}")
        for field, counts in self.outcomes.items():
            print(f"{field:<{width}}", *(f"{counts[kind]:>12}" for kind in kinds), f"{counts.total():>7}")
        return all(row[3] for row in self.rows)

    def write(self, path: pathlib.Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [{"name": n, "value": v, "floor": f, "reached": g, "text": t} for n, t, f, g, v in self.rows]
        outcomes = {field: dict(counts) for field, counts in self.outcomes.items()}
        path.write_text(json.dumps({"rows": rows, "outcomes": outcomes}, indent=2) + "\n", encoding="utf-8")


def read_jsonl(path: pathlib.Path) -> list[dict]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def item_of(row: dict, **extra) -> dict:
    item = {"id": row["id"], "description": row["description"], "format": "html" if row["format"] == "html" else "text"}
    item.update({key: row[key] for key in ("title", "company", "location") if row.get(key)})
    item.update(extra)
    return item


def ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def f1(right: int, predicted: int, wanted: int) -> tuple[float, float, float]:
    precision, recall = ratio(right, predicted), ratio(right, wanted)
    return precision, recall, ratio(2 * precision * recall, precision + recall)


def near(value, truth) -> bool:
    return value is not None and abs(value - truth) <= 0.01 * abs(truth)


def salary_strings(engine: Engine, data: pathlib.Path, rows: dict, report: Report) -> None:
    with (data / "labels/salary_strings.dev.csv").open(encoding="utf-8", newline="") as file:
        labels = list(csv.DictReader(file))
    items = [{"id": str(n), "description": "", "format": "text", "salary_text": x["raw"],
              "location": rows.get(x["id"], {}).get("location") or ""} for n, x in enumerate(labels)]  # fmt: skip
    counts = collections.Counter()
    for label, result in zip(labels, engine.run(items)):
        salary = result["salary"] or {}
        counts[label["source"]] += 1
        if label["source"] == "adzuna":
            times = ADZUNA_YEAR.get(salary.get("period"), 1)
            low, high = (None if salary.get(k) is None else salary[k] * times for k in ("min", "max"))
            # The set's own convention: the middle, and "to X" (not "up to X") counts from 0.
            if low is None and high is not None:
                low = high if re.search(r"up\s?to", label["raw"], re.I) else 0
            high = low if high is None else high
            right = low is not None and near((low + high) / 2, float(label["normalized_annual"]))
        else:
            right = (salary.get("min"), salary.get("max"), salary.get("period")) == (
                float(label["min"]), float(label["max"]), label["period"])  # fmt: skip
        counts[label["source"] + " right"] += right
        report.judge(f"salary string, {label['source']}", label["raw"], result["salary"], right)
        if not right:
            report.note("salary string", label["raw"], label["normalized_annual"], salary)
    for source, floor in (("adzuna", 0.992), ("glassdoor", 1.0)):
        value = ratio(counts[source + " right"], counts[source])
        report.add(f"salary string, {source}", value, floor, f"{value:.4f} of {counts[source]}")


def free_text_salary(engine: Engine, labels: dict, rows: dict, hn: dict, report: Report) -> None:
    counts = collections.Counter()
    for key, label in labels.items():
        salary = hn[key]["salary"]
        stated = label["salary_min"] if label["salary_min"] is not None else label["salary_max"]
        right = salary is not None and stated is not None and (
            near(salary["min"] or salary["max"], label["salary_min"]) and near(salary["max"] or salary["min"], label["salary_max"]))  # fmt: skip
        outcome = report.judge("salary in text, HN", stated, salary, right)
        counts[outcome] += 1
        if outcome not in ("abstained", "extracted"):
            report.note("salary text", key, outcome, salary, label["salary_min"], label["salary_max"])
    masked = [item_of(row) for row in rows.values() if row["source"] == "adzuna"]
    invented = 0
    for item, result in zip(masked, engine.run(masked)):
        report.judge("salary in masked text", None, result["salary"], False)
        if result["salary"] is not None:
            invented += 1
            report.note("salary text", item["id"], result["salary"])
    wanted = len(labels) - sum(x["salary_min"] is None and x["salary_max"] is None for x in labels.values())
    report.add("salary in text, HN: right", counts["extracted"], wanted, f"{counts['extracted']} of {wanted}")
    report.add("salary in text: invented", counts["hallucinated"] + invented, 0,
               f"{counts['hallucinated']} of {len(labels)} HN, {invented} of {len(masked)} masked texts", at_most=True)  # fmt: skip


def hn_skills(labels: dict, hn: dict, report: Report) -> None:
    def fold(names) -> set[str]:
        return {SAME_SKILL.get(name.lower(), name.lower()) for name in names}

    right = predicted = wanted = 0
    for key, label in labels.items():
        truth = fold(label["skills"])
        found = fold(s["name"] for s in hn[key]["skills"] if s.get("kind") != "knowledge")
        right += len(truth & found)
        predicted += len(found)
        wanted += len(truth)
        report.note("skills HN", key, "extra", sorted(found - truth), "missed", sorted(truth - found))
    precision, recall, score = f1(right, predicted, wanted)
    report.add("skills, HN: micro F1", score, 0.80, f"{score:.3f} (P {precision:.3f}, R {recall:.3f}; {wanted} skills of {len(labels)} posts)")
    report.add("skills, HN: precision", precision, 0.80, f"{precision:.3f} of {predicted}")


def knowledge_spans(sentence: dict, base: int) -> set:
    """The byte ranges of a sentence's knowledge, its words apart by blanks, where the sentence begins at byte `base`."""
    offsets, position = [], base
    for token in sentence["tokens"]:
        offsets.append((position, position + len(token.encode())))
        position = offsets[-1][1] + 1
    spans, start = set(), None
    for index, tag in enumerate(sentence["tags_knowledge"] + ["O"]):
        if tag != "I" and start is not None:
            spans.add((offsets[start][0], offsets[index - 1][1]))
            start = None
        if tag == "B" or (tag == "I" and start is None):
            start = index
    return spans


def postings_of(sentences: list[dict]) -> list[list[dict]]:
    return [list(group) for _, group in itertools.groupby(sentences, key=lambda sentence: sentence["idx"])]


def learned_without(data: pathlib.Path, engine: Engine, folder: pathlib.Path) -> Engine:
    """The engine with a model of terms that knows the training part alone: the built-in one has seen both."""
    conll = folder / "train.conll"
    with conll.open("w", encoding="utf-8") as out:
        for posting in postings_of(read_jsonl(data / "labels/skillspan.train.json")):
            for sentence in posting:
                out.writelines(f"{token}\t{tag}\n" for token, tag in zip(sentence["tokens"], sentence["tags_knowledge"]))
                out.write("\n")
            out.write("\n")
    model = folder / "terms.tsv"
    with model.open("wb") as out:
        learned = subprocess.run([engine.command[0], "learn-terms", conll], stdout=out, stderr=subprocess.DEVNULL, env=CLEAN)
    return Engine(shlex.join([*engine.command, "--terms", str(model)])) if learned.returncode == 0 else engine


def skillspan(engine: Engine, data: pathlib.Path, report: Report) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scores = span_scores(learned_without(data, engine, pathlib.Path(folder)), data, report)
    text = ", ".join(f"{part} {score[2]:.3f} (P {score[0]:.3f} R {score[1]:.3f}, n {n})" for part, (score, n) in scores.items())
    report.add("knowledge spans, tech: exact-span F1", scores["tech"][0][2], 0.60, text)


def span_scores(engine: Engine, data: pathlib.Path, report: Report) -> dict:
    """By kind of posting: how well spans are found in whole postings, and in sentences by themselves."""
    scores = {}
    sentences = read_jsonl(data / "labels/skillspan.dev.json")
    for form, texts in (("", postings_of(sentences)), (", sentences alone", [[sentence] for sentence in sentences])):
        items, gold = [], []
        for number, parts in enumerate(texts):
            lines, spans, position = [" ".join(part["tokens"]) for part in parts], set(), 0
            for line, part in zip(lines, parts):
                spans |= knowledge_spans(part, position)
                position += len(line.encode()) + 1
            items.append({"id": str(number), "description": "\n".join(lines), "format": "text"})
            gold.append(spans)
        results = engine.run(items)
        for source in ("tech", "house"):
            right = predicted = wanted = 0
            extra, missed = collections.Counter(), collections.Counter()
            for item, parts, truth, result in zip(items, texts, gold, results):
                if parts[0]["source"] != source:
                    continue
                found = {(s["begin"], s["end"]) for s in result["skills"]}
                right += len(found & truth)
                predicted += len(found)
                wanted += len(truth)
                raw = item["description"].encode()
                extra.update(raw[b:e].decode() for b, e in found - truth)
                missed.update(raw[b:e].decode() for b, e in truth - found)
            scores[source + form] = f1(right, predicted, wanted), wanted
            if report.details and report.details in f"skillspan {source}{form}":
                print("extra", extra.most_common(150))
                print("missed", missed.most_common(150))
    return scores


def employment_type(engine: Engine, data: pathlib.Path, rows: dict, report: Report) -> None:
    labels = read_jsonl(data / "labels/employment_type.dev.jsonl")
    results = engine.run([item_of(rows[x["id"]]) for x in labels])
    right, predicted, wanted = collections.Counter(), collections.Counter(), collections.Counter()
    confusion = collections.Counter()
    part_time = collections.Counter()
    for label, result in zip(labels, results):
        found = result["employment_type"]
        if label["source"] == "adzuna":
            kind = label.get("employment_type")
            if kind:
                report.judge("part time, Adzuna", kind if kind == "part_time" else None,
                             found if found == "PART_TIME" else None, True)  # fmt: skip
                part_time["wanted"] += kind == "part_time"
                part_time["said"] += found == "PART_TIME"
                part_time["right"] += found == "PART_TIME" and kind == "part_time"
            continue
        truth = LINKEDIN_TYPES.get(label["employment_type"])
        if truth is None:
            continue
        wanted[truth] += 1
        report.judge("employment type, LinkedIn", truth, found, found == truth)
        if found:
            predicted[found] += 1
            right[truth] += found == truth
        confusion[truth, found] += 1
        if found != truth:
            report.note("employment", label["id"], truth, found)
    scores = {kind: f1(right[kind], predicted[kind], wanted[kind]) for kind in wanted}
    macro = sum(s[2] for s in scores.values()) / len(scores)
    text = ", ".join(f"{kind} {s[2]:.2f} (P {s[0]:.2f} R {s[1]:.2f}, n {wanted[kind]})" for kind, s in scores.items())
    report.note("employment", dict(confusion))
    report.add("employment type, LinkedIn: macro F1", macro, 0.50, f"{macro:.3f}: {text}")
    precision = ratio(part_time["right"], part_time["said"])
    report.add("part time, Adzuna: precision", precision, 0.80, f"{precision:.3f} of {part_time['said']}, recall {ratio(part_time['right'], part_time['wanted']):.3f} of {part_time['wanted']}")


def remote_and_seniority(labels: dict, hn: dict, report: Report) -> None:
    right = total = invented_mode = invented = said = level_right = levels = 0
    for key, label in labels.items():
        mode = hn[key]["remote_mode"]
        report.judge("remote mode, HN", label["remote"], mode, bool(mode) and mode == str(label["remote"]).upper())
        if label["remote"]:
            total += 1
            right += mode == label["remote"].upper()
            if mode != label["remote"].upper():
                report.note("remote", key, label["remote"], mode)
        elif mode:
            invented_mode += 1
            report.note("remote", key, None, mode)
        level = hn[key]["seniority"]
        report.judge("seniority, HN", label["seniority"], level, level in HN_SENIORITY.get(label["seniority"], ()))
        if label["seniority"]:
            levels += 1
            level_right += level in HN_SENIORITY[label["seniority"]]
        elif level:
            invented += 1
        said += level is not None
        if (level is None) != (label["seniority"] is None):
            report.note("seniority", key, label["seniority"], level)
    value = ratio(right, total)
    report.add("remote mode, HN", value, 0.90, f"{value:.3f} of {total}, {invented_mode} invented")
    allowed = 4 / 58 * len(labels)
    report.add("seniority in HN header: invented", invented, round(allowed, 1),
               f"{invented} of {len(labels)}; {level_right} of {levels} right, {said} said", at_most=True)  # fmt: skip


def pairs_of(results: list[dict]) -> set[tuple[str, str]]:
    groups = collections.defaultdict(list)
    for result in results:
        if result["cluster"] is not None:
            groups[result["cluster"]].append(result["id"])
    return {(a, b) for ids in groups.values() for n, a in enumerate(ids) for b in ids[n + 1 :]}


def same_native_id(engine: Engine, rows: dict, report: Report) -> None:
    indeed = [r for r in rows.values() if r["source"].startswith("indeed") and len(str(r.get("native_id", ""))) > 6]
    truth_groups = collections.defaultdict(list)
    for row in indeed:
        truth_groups[row["native_id"]].append(row["id"])
    truth = {(a, b) for ids in truth_groups.values() for n, a in enumerate(ids) for b in ids[n + 1 :]}
    for name, extra in (
        ("by text alone", lambda row: {}),
        ("with address", lambda row: {"url": f"https://jobs.example.com/viewjob?jk={row['native_id']}"}),
    ):
        found = pairs_of(engine.run([item_of(row, **extra(row)) for row in indeed]))
        precision, recall, _ = f1(len(found & truth), len(found), len(truth))
        for pair in sorted(found ^ truth)[:10]:
            report.note("dedupe", name, pair, [(rows[i]["title"], rows[i]["company"], rows[i]["location"]) for i in pair])
        report.add(f"dedupe, same native id, {name}", min(precision, recall), 1.0, f"P {precision:.4f}, R {recall:.4f}, {len(truth)} pairs")


def requisitions_and_places(engine: Engine, data: pathlib.Path, rows: dict, report: Report) -> None:
    listings = read_jsonl(data / "listings/ats_listings.dev.jsonl")
    items = [{"id": str(n), "title": x["title"], "company": x["company"], "location": x["location"] or "", "url": x["url"],
              "description": "", "format": "text"} for n, x in enumerate(listings)]  # fmt: skip
    results = engine.run(items)
    url_of = {item["id"]: item["url"] for item in items}
    merged = {p for p in pairs_of(results) if url_of[p[0]] != url_of[p[1]]}
    report.add("distinct requisitions merged", len(merged), 0, f"{len(merged)} pairs of {len(items)} listings", at_most=True)
    wrong = known = 0
    for item, result in zip(items, results):
        parts = [p for p in result["location"].values() if p]
        known += bool(parts)
        bad = [p for p in parts if p.lower() in WORK_MODES]
        wrong += bool(bad)
        report.note("places", item["location"], result["location"])
    report.add("work-mode words taken for places", wrong, 0, f"{wrong}; a place for {known} of {len(items)}", at_most=True)


def cross_source(engine: Engine, data: pathlib.Path, rows: dict, report: Report) -> None:
    with (data / "labels/cross_source_pairs.dev.tsv").open(encoding="utf-8", newline="") as file:
        pairs = list(csv.DictReader(file, delimiter="\t"))
    ids = sorted({p[k] for p in pairs for k in ("id_a", "id_b")})
    cluster = {r["id"]: r["cluster"] for r in engine.run([item_of(rows[i]) for i in ids])}
    right = said = wanted = 0
    for pair in pairs:
        jaccard = float(pair["jaccard5"])
        joined = cluster[pair["id_a"]] is not None and cluster[pair["id_a"]] == cluster[pair["id_b"]]
        if 0.1 <= jaccard < 0.5:
            continue
        wanted += jaccard >= 0.5
        said += joined
        right += joined and jaccard >= 0.5
        if joined != (jaccard >= 0.5):
            report.note("cross", pair, joined)
    precision, recall, _ = f1(right, said, wanted)
    report.add("cross-source merge: precision", precision, 0.97, f"{precision:.3f} of {said}")
    report.add("cross-source merge: recall", recall, 0.95, f"{recall:.3f} of {wanted}")


def near_copies(engine: Engine, rows: dict, report: Report) -> None:
    """Copies made on purpose of distinct texts, with a fixed seed; other texts stand by as distractors."""
    chance = random.Random(20260215)
    texts, seen = [], set()
    for row in rows.values():
        plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.unescape(row["description"])))
        if len(plain) > 700 and plain not in seen:
            seen.add(plain)
            texts.append(row)
    chance.shuffle(texts)
    boilerplate = (
        "We are an equal opportunity employer and value diversity. To apply send your resume to the address below. "
        "This advertisement was republished by an aggregator, see the original for details of the offer. "
    )
    kinds = ("moved", "boilerplate", "cut", "markup")
    for name, keep in (("with title and company", True), ("text alone", False)):
        items, truth = [], set()
        for number, row in enumerate(texts[:1200]):
            base = item_of(row)
            if not keep:
                for key in ("title", "company", "location"):
                    base.pop(key, None)
            items.append(base)
            if number >= 800:
                continue
            kind = kinds[number % 4]
            text = row["description"]
            sentences = re.split(r"(?<=[.!?])\s+", text)
            copy = dict(base, id=f"copy-{kind}-{number}")
            if kind == "moved":
                half = len(sentences) // 2
                copy["description"] = " ".join(sentences[half:] + sentences[:half])
            elif kind == "boilerplate":
                copy["description"] = boilerplate + text + " " + boilerplate
            elif kind == "cut":
                copy["description"] = text[:500]
            elif base["format"] == "html":
                copy["description"] = html.unescape(re.sub(r"<[^>]+>", "\n", text))
                copy["format"] = "text"
            else:
                copy["description"] = "".join(f"<p>{html.escape(s)}</p>" for s in sentences)
                copy["format"] = "html"
            items.append(copy)
            truth.add((base["id"], copy["id"]))
        found = pairs_of(engine.run(items))
        # Natural copies among the texts themselves are no part of the experiment.
        made = {p for p in found if p[0].startswith("copy-") != p[1].startswith("copy-")}
        natural = {p for p in found if not p[0].startswith("copy-") and not p[1].startswith("copy-")}
        partner = collections.defaultdict(set)
        for a, b in natural:
            partner[a].add(b)
            partner[b].add(a)
        original = {copy: base for base, copy in truth}
        wrong = set()
        for a, b in made:
            base, copy = (b, a) if a.startswith("copy-") else (a, b)
            if original[copy] != base and base not in partner[original[copy]]:
                wrong.add((base, copy))
        right = made & truth
        precision, recall = ratio(len(right), len(right) + len(wrong)), ratio(len(right), len(truth))
        for base, copy in sorted(truth - right)[:20]:
            report.note("near", name, "missed", base, copy)
        for pair in sorted(wrong)[:20]:
            report.note("near", name, "wrong", pair)
        missed = collections.Counter(copy.split("-")[1] for _, copy in truth - right)
        text = f"P {precision:.4f}, R {recall:.4f}; missed {dict(missed)}; {len(natural)} natural pairs"
        report.add(f"near copies, {name}: precision", precision, 0.99, text)
        report.add(f"near copies, {name}: recall", recall, 0.90, f"{recall:.4f}")


def experience_and_dates(engine: Engine, data: pathlib.Path, rows: dict, report: Report) -> None:
    strings = [line.strip() for line in (data / "labels/experience_ranges.dev.txt").open(encoding="utf-8") if line.strip()]
    items = [{"id": str(n), "description": "", "format": "text", "experience_text": s} for n, s in enumerate(strings)]
    wrong = 0
    for string, result in zip(strings, engine.run(items)):
        low, high = (float(x) for x in re.findall(r"\d+", string))
        right = result["experience"] == {"min_years": low, "max_years": high}
        wrong += not right
        report.judge("experience ranges", string, result["experience"], right)
    report.add("experience ranges: wrong", wrong, 0, f"{wrong} of {len(strings)}", at_most=True)
    labels = [x for x in read_jsonl(data / "labels/armenia.dev.jsonl") if x["deadline_iso"]]
    counts = collections.Counter()
    for label, result in zip(labels, engine.run([item_of(rows[x["id"]]) for x in labels])):
        found = result["valid_through"]
        outcome = report.judge("deadlines", label["deadline_iso"], found, str(found)[:10] == label["deadline_iso"])
        counts[outcome] += 1
        if outcome != "extracted":
            report.note("deadline", label["id"], label["deadline"], found)
    report.add("deadlines, labelled e-mails: wrong", counts["hallucinated"], 0, f"{counts['hallucinated']} of {len(labels)}", at_most=True)


def second_crawl(engine: Engine, data: pathlib.Path, report: Report) -> None:
    """Two crawls of one thread in one batch: what the second brings is new, or the same posting by its address."""
    crawls = [json.loads((data / f"listings/hn_raw/{day}.json").read_text(encoding="utf-8"))["jobs"] for day in ("2026-04-17", "2026-04-28")]
    items = [{"id": f"{n}/{job['id']}", "description": job.get("text") or "", "format": "html",
              "url": f"https://news.ycombinator.com/item?id={job['id']}"} for n, jobs in enumerate(crawls) for job in jobs]  # fmt: skip
    groups = collections.defaultdict(list)
    for result in engine.run(items):
        groups[result["cluster"] or result["id"]].append(result["id"].split("/"))
    found = collections.Counter()
    for members in groups.values():
        times = [{key for n, key in members if n == crawl} for crawl in ("0", "1")]
        found["new"] += len(times[1] - times[0])
        found["gone"] += len(times[0] - times[1])
        # Within one crawl different items are different posts, and one item in both crawls is one posting.
        found["duplicates"] += len({key for _, key in members}) - 1
    ids = [{job["id"] for job in jobs} for jobs in crawls]
    wanted = {"new": len(ids[1] - ids[0]), "gone": len(ids[0] - ids[1]), "duplicates": 0}
    wrong = sum(abs(found[key] - wanted[key]) for key in wanted)
    report.add("second crawl of a thread: wrong", wrong, 0, f"{dict(found)} of {len(ids[0])} and {len(ids[1])} posts", at_most=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", default=os.environ.get("JOBMESH_DATA_DIR"), metavar="DATA_DIR")
    parser.add_argument("--engine", default=os.environ.get("JOBMESH_ENGINE", f"{BUILD}/bin/scraper-service refine"))
    parser.add_argument("--details", metavar="NAME", help="print the misjudged cases of the rows whose name holds NAME")
    args = parser.parse_args()
    data = pathlib.Path(args.data) if args.data else None
    if data is None or not (data / "labels").is_dir():
        print("skipped: no evaluation data; name its folder or set JOBMESH_DATA_DIR")
        return 0
    engine, report = Engine(args.engine), Report(args.details)
    rows = {row["id"]: row for row in read_jsonl(data / "postings/descriptions.jsonl")}
    labels = {x["id"]: x for x in read_jsonl(data / "labels/hn.dev.jsonl") if x["id"] in rows}
    hn = {r["id"]: r for r in engine.run([item_of(rows[key]) for key in labels])}
    salary_strings(engine, data, rows, report)
    free_text_salary(engine, labels, rows, hn, report)
    hn_skills(labels, hn, report)
    skillspan(engine, data, report)
    employment_type(engine, data, rows, report)
    remote_and_seniority(labels, hn, report)
    same_native_id(engine, rows, report)
    near_copies(engine, rows, report)
    requisitions_and_places(engine, data, rows, report)
    cross_source(engine, data, rows, report)
    experience_and_dates(engine, data, rows, report)
    second_crawl(engine, data, report)
    report.write(BUILD / "bench/accuracy.json")
    return 0 if report.show() else 1


if __name__ == "__main__":
    sys.exit(main())
