"""Turns .sql files into C++ constants: named queries, or ordered migrations."""

import argparse
import pathlib
import re
import sys


def raw(text: str) -> str:
    return f'R"__sql__({text})__sql__"'


def queries(files: list[pathlib.Path]) -> str:
    """Each `-- name: find_account` block becomes `inline constexpr Query kFindAccount{...}`."""
    found: dict[str, str] = {}
    for file in files:
        parts = re.split(r"^-- name: (\w+)\s*$", file.read_text(), flags=re.MULTILINE)
        for name, body in zip(parts[1::2], parts[2::2]):
            if name in found:
                sys.exit(f"{file}: query {name} is defined twice")
            found[name] = body.strip().rstrip(";")
    lines = []
    for name, body in sorted(found.items()):
        constant = "k" + "".join(word.capitalize() for word in name.split("_"))
        lines.append(f'inline constexpr ::jobmesh::runtime::postgres::Query {constant}{{"{name}", {raw(body)}}};\n')
    return '#include "runtime/postgres/query.h"\n\n', "\n".join(lines)


def migrations(files: list[pathlib.Path]) -> str:
    """NNNN_name.up.sql and NNNN_name.down.sql pairs become one array, ordered by number."""
    pairs: dict[str, dict[str, str]] = {}
    for file in files:
        match = re.fullmatch(r"(\d{4}_\w+)\.(up|down)\.sql", file.name)
        if not match:
            sys.exit(f"{file}: expected NNNN_name.up.sql or NNNN_name.down.sql")
        pairs.setdefault(match[1], {})[match[2]] = file.read_text()
    rows = []
    for index, (name, pair) in enumerate(sorted(pairs.items()), start=1):
        if set(pair) != {"up", "down"}:
            sys.exit(f"migration {name} needs both .up.sql and .down.sql")
        if int(name[:4]) != index:
            sys.exit(f"migration {name}: expected number {index:04d}")
        rows.append(f'    {{{index}, "{name}",\n     {raw(pair["up"])},\n     {raw(pair["down"])}}},\n')
    return (
        '#include "runtime/postgres/migrate.h"\n\n',
        "inline constexpr ::jobmesh::runtime::postgres::Migration kMigrations[] = {\n" + "".join(rows) + "};\n",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["queries", "migrations"])
    parser.add_argument("--namespace", required=True)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    args = parser.parse_intermixed_args()
    include, body = (queries if args.kind == "queries" else migrations)(args.files)
    args.out.write_text(
        f"#pragma once\n\n{include}namespace {args.namespace} {{\n\n{body}\n}}  // namespace {args.namespace}\n"
    )


if __name__ == "__main__":
    main()
