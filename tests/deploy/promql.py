"""The metric names of a PromQL expression."""

import re

WORDS = {
    "and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset",
    "sum", "max", "min", "avg", "count", "rate", "increase", "changes", "time", "vector", "histogram_quantile", "label_values",
}  # fmt: skip


def metric_names(expression: str) -> set[str]:
    text = re.sub(r"#.*", "", expression)
    text = re.sub(r"\{[^}]*\}", "", text)  # label matchers
    text = re.sub(r"\[[^\]]*\]|offset\s+\w+", "", text)  # ranges
    text = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", "", text)
    text = re.sub(r"label_values\(([^,]*),[^)]*\)", r"\1", text)
    return {word for word in re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*", text) if word not in WORDS}
