"""Fetches the third-party browser code that the web app ships, from npm, at the versions and digests written here.

    python scripts/vendor.py            write search/static/vendor/ anew
    python scripts/vendor.py --check    only compare what is there with the list
    python scripts/vendor.py --axe DIR  put axe-core, which only the tests use, into DIR

npm is used as a downloader (`npm pack`); nothing of the packages is run.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[1] / "search" / "static" / "vendor"


@dataclass(frozen=True, slots=True)
class Package:
    """What is taken of one npm package.

    Attributes:
        integrity: Subresource integrity of the package file, as npm states it.
        files: Path inside the package to path inside our folder.
    """

    name: str
    version: str
    licence: str
    integrity: str
    files: dict[str, str]


PACKAGES = [
    Package(
        "openseadragon",
        "6.1.1",
        "BSD-3-Clause",
        "sha512-g4iKe2q8B642SaBT3+x4ZF3/8b1TxPPydyjmtrOLgDrlYWMKd9ZXM+1Cb/xa9DVySkvs/7l6HR1nHKfD5F3Tsw==",
        {
            "build/openseadragon/openseadragon.min.js": "openseadragon/openseadragon.min.js",
            "build/openseadragon/openseadragon.js": "openseadragon/LICENSE.txt",
        },
    ),
    Package(
        "swagger-ui-dist",
        "5.35.0",
        "Apache-2.0",
        "sha512-U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==",
        {
            "swagger-ui-bundle.js": "swagger-ui/swagger-ui-bundle.js",
            "swagger-ui.css": "swagger-ui/swagger-ui.css",
            "LICENSE": "swagger-ui/LICENSE",
            "NOTICE": "swagger-ui/NOTICE",
            "swagger-ui-bundle.js.LICENSE.txt": "swagger-ui/swagger-ui-bundle.js.LICENSE.txt",
        },
    ),
]
AXE = Package(
    "axe-core",
    "4.14.1",
    "MPL-2.0",
    "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
    {"axe.min.js": "axe.min.js", "LICENSE": "LICENSE"},
)


def fetch(package: Package) -> bytes:
    """The package file, checked against its digest."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"{package.name}@{package.version}", "--pack-destination", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        data = next(Path(folder).glob("*.tgz")).read_bytes()
    found = "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
    if found != package.integrity:
        raise SystemExit(f"{package.name} {package.version}: expected {package.integrity}, got {found}")
    return data


def unpack(package: Package, target: Path) -> None:
    """Write the wanted files of a package below `target`."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "package.tgz"
        archive.write_bytes(fetch(package))
        with tarfile.open(archive) as tar:
            for inside, outside in package.files.items():
                member = tar.extractfile(f"package/{inside}")
                if member is None:
                    raise SystemExit(f"{package.name} {package.version} has no {inside}")
                path = target / outside
                path.parent.mkdir(parents=True, exist_ok=True)
                text = member.read()
                # A package without a licence file states its licence in the comments at the head of its source.
                from_source = inside.endswith(".js") and outside.endswith("LICENSE.txt") and "LICENSE" not in inside
                path.write_bytes(leading_comments(text) if from_source else without_source_map(text))


def without_source_map(data: bytes) -> bytes:
    """The file without the comment that makes browsers ask for a source map that we do not ship."""
    lines = data.split(b"\n")
    return b"\n".join(
        line for line in lines if not line.startswith((b"//# sourceMappingURL=", b"/*# sourceMappingURL="))
    )


def leading_comments(data: bytes) -> bytes:
    """The block comments before the first statement of a script, where authors and licence are named."""
    found = re.match(rb"\s*(?://[^\n]*\n\s*)*((?:/\*.*?\*/\s*)+)", data, re.DOTALL)
    if not found:
        raise SystemExit("the source has no comment at its head")
    return found.group(1)


def digest(path: Path) -> str:
    """Short digest of a file, for the list."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:32]


def listing() -> list[dict[str, object]]:
    """What VERSIONS.json says: package, version, licence, integrity, files with their digests."""
    return [
        {
            "name": p.name,
            "version": p.version,
            "licence": p.licence,
            "integrity": p.integrity,
            "files": {out: digest(VENDOR / out) for out in sorted(p.files.values())},
        }
        for p in PACKAGES
    ]


def main() -> int:
    """Run the command line; 0 when all is as listed."""
    parser = argparse.ArgumentParser(description="Vendored browser code")
    parser.add_argument("--check", action="store_true", help="compare only")
    parser.add_argument("--axe", type=Path, metavar="DIR", help="fetch axe-core for the browser tests")
    options = parser.parse_args()
    if options.axe:
        unpack(AXE, options.axe)
        return 0
    if not options.check:
        for package in PACKAGES:
            unpack(package, VENDOR)
        (VENDOR / "VERSIONS.json").write_text(json.dumps(listing(), indent=2) + "\n")
    same = json.loads((VENDOR / "VERSIONS.json").read_text()) == json.loads(json.dumps(listing()))
    sys.stdout.write("vendored code is as listed\n" if same else "vendored code differs from VERSIONS.json\n")
    return 0 if same else 1


if __name__ == "__main__":
    raise SystemExit(main())
