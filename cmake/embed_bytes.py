"""Writes a file's bytes as a C++ constant: <name>.h declares `std::string_view k<Name>()`, <name>.cc defines it."""

import argparse
import pathlib


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True, help="snake_case name of the constant")
    parser.add_argument("--namespace", required=True)
    parser.add_argument("--out", required=True, type=pathlib.Path, help="folder of the generated pair")
    parser.add_argument("input", type=pathlib.Path)
    args = parser.parse_args()

    function = "".join(word.capitalize() for word in args.name.split("_"))
    data = args.input.read_bytes()
    # Octal escapes end after three digits, so a following digit is never swallowed.
    lines = [
        '    "' + "".join(f"\\{byte:03o}" for byte in data[i : i + 48]) + '"' for i in range(0, len(data), 48)
    ] or ['    ""']
    (args.out / f"{args.name}.h").write_text(
        f"#pragma once\n\n#include <string_view>\n\nnamespace {args.namespace} {{\n\n"
        f"std::string_view {function}();\n\n}}  // namespace {args.namespace}\n"
    )
    (args.out / f"{args.name}.cc").write_text(
        f'#include "{args.name}.h"\n\nnamespace {args.namespace} {{\n\n'
        f"std::string_view {function}() {{\n  static constexpr char kBytes[] =\n"
        + "\n".join(lines)
        + f";\n  return std::string_view(kBytes, {len(data)});\n}}\n\n}}  // namespace {args.namespace}\n"
    )


if __name__ == "__main__":
    main()
