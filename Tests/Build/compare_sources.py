"""Compares the sources of the shipping build with those of the development build, module by module.

    python compare_sources.py build/cmake/sources.txt

CMake writes the list of what it compiles while it configures; SwiftPM describes its package. A module, a
file or a folder of kernels that one of them has and the other has not is an error.
"""

import json
import subprocess
import sys

SWIFTPM_ONLY = {"Thalweg"}  # the umbrella for Swift users: C and Python have the library


def of_cmake(path):
    with open(path) as file:
        return {tuple(line.split(" ", 1)) for line in file.read().splitlines() if line}


def of_swiftpm():
    command = ["swift", "package", "describe", "--type", "json"]
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    package = json.loads(text[text.index("{") :])
    return {
        (target["name"], source)
        for target in package["targets"]
        if target["type"] != "test" and target["name"] not in SWIFTPM_ONLY
        for source in target["sources"]
    }


def main(cmake_list):
    cmake, swiftpm = of_cmake(cmake_list), of_swiftpm()
    for module, source in sorted(cmake ^ swiftpm):
        build, other = ("CMake", "SwiftPM") if (module, source) in cmake else ("SwiftPM", "CMake")
        print(f"{module}: {source} is in {build}'s list and not in {other}'s")
    print(f"{len(cmake & swiftpm)} files in both lists")
    return 1 if cmake ^ swiftpm or not cmake else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
