"""Writes a header with `inline constexpr std::string_view NAME`, a digest of files: it changes when any of them does."""

import argparse
import hashlib
import pathlib


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--namespace", required=True)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("inputs", nargs="+", type=pathlib.Path)
    args = parser.parse_args()

    digest = hashlib.sha256()
    for path in sorted(args.inputs, key=lambda path: path.name):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    args.out.write_text(
        f"#pragma once\n\n#include <string_view>\n\nnamespace {args.namespace} {{\n\n"
        f'inline constexpr std::string_view {args.name} = "{digest.hexdigest()[:32]}";\n\n}}  // namespace {args.namespace}\n'
    )


if __name__ == "__main__":
    main()
