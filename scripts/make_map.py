#!/usr/bin/env python3
"""Makes assets/map: which country lies where, and what each is called.

    python3 scripts/make_map.py

Needs Python 3.9 and npm, which brings two packages; their SHA-256 are checked before they are read. The same packages
give the same files, byte for byte. Run again only to take a later edition of the packages.
"""

import hashlib
import json
import math
import subprocess
import tarfile
import tempfile
from pathlib import Path

ASSETS = Path(__file__).resolve().parent.parent / "assets" / "map"

# Natural Earth 1:50 million (public domain) as TopoJSON, and the codes and English names of ISO 3166-1 (MIT).
PACKAGES = {
    "world-atlas@2.0.2": "032e7765f2ce00edaeafec23ff22bc3b77e42987c257da944cc585b452c05b97",
    "i18n-iso-countries@7.14.0": "bb418ebfb965789fcfbcce7dee59888d901ef64b03601da78b2e224cd6f5825c",
}

# Half a degree a cell, from 180° W to 180° E and from 90° N to 90° S.
COLUMNS, ROWS = 720, 360

# Features of Natural Earth without a number of ISO 3166-1: the code that addresses there bear.
WITHOUT_NUMBER = {
    "Kosovo": "XK",
    "Somaliland": "SO",
    "N. Cyprus": "CY",
    "Siachen Glacier": "IN",
    "Indian Ocean Ter.": "CX",
}

# Where all names that ISO 3166-1 knows are long, or say too little.
NAMES = {
    "BN": "Brunei", "BQ": "Caribbean Netherlands", "CD": "DR Congo", "CG": "Congo", "FK": "Falkland Islands",
    "FM": "Micronesia", "GB": "United Kingdom", "GS": "South Georgia", "HM": "Heard and McDonald Islands",
    "IO": "British Indian Ocean Terr.", "LA": "Laos", "MD": "Moldova", "MF": "Saint Martin", "RE": "Réunion",
    "SX": "Sint Maarten", "SY": "Syria", "UM": "US Outlying Islands", "US": "United States", "VA": "Vatican City",
    "VG": "British Virgin Islands", "VI": "US Virgin Islands",
}

# Codes of countries that Natural Earth draws as a part of another, or not at all: latitude, longitude.
NOT_DRAWN = {
    "BQ": (12.2, -68.3), "BV": (-54.4, 3.4), "CC": (-12.1, 96.9), "GF": (3.9, -53.2),
    "GI": (36.1, -5.4), "GP": (16.2, -61.6), "MQ": (14.7, -61.0), "RE": (-21.1, 55.5), "SJ": (78.6, 16.0),
    "TK": (-9.2, -171.8), "TV": (-8.5, 179.2), "UM": (19.3, 166.6), "YT": (-12.8, 45.2),
}


def fetch(folder):
    """The packages, unpacked: their JSON by package and path."""
    found = {}
    for package, wanted in PACKAGES.items():
        packed = subprocess.run(
            ["npm", "pack", "--silent", package], cwd=folder, check=True, capture_output=True, text=True
        )
        file = Path(folder) / packed.stdout.split()[-1]
        got = hashlib.sha256(file.read_bytes()).hexdigest()
        if got != wanted:
            raise SystemExit(f"{package} has the SHA-256 {got}, not {wanted}: nothing was written")
        with tarfile.open(file) as archive:
            for member in archive.getmembers():
                if member.name.endswith(".json"):
                    found[package.split("@")[0], member.name] = json.load(archive.extractfile(member))
    return found


def rings_of(topology, geometry):
    """Every ring of a country as points of longitude and latitude; holes are rings like the others."""
    (scale_x, scale_y), (move_x, move_y) = topology["transform"]["scale"], topology["transform"]["translate"]

    def arc(number):
        x = y = 0
        points = []
        for step_x, step_y in topology["arcs"][number if number >= 0 else ~number]:
            x, y = x + step_x, y + step_y
            points.append((x * scale_x + move_x, y * scale_y + move_y))
        return points if number >= 0 else points[::-1]

    polygons = {"Polygon": [geometry["arcs"]], "MultiPolygon": geometry["arcs"]}[geometry["type"]]
    for polygon in polygons:
        for numbers in polygon:
            yield unwrapped([point for number in numbers for point in arc(number)])


def unwrapped(ring):
    """A ring that crosses the antimeridian goes on beyond it; one around a pole is closed along the pole."""
    points, turn = [ring[0]], 0
    for (before, _), (x, y) in zip(ring, ring[1:]):
        turn += 360 * ((x - before < -180) - (x - before > 180))
        points.append((x + turn, y))
    if turn:
        pole = 90 if points[0][1] > 0 else -90
        points += [(points[-1][0], pole), (points[0][0], pole)]
    return points


def fill(raster, index, rings):
    """Cells whose centre lies inside an odd number of rings."""
    for row in range(ROWS):
        latitude = 90 - (row + 0.5) * 180 / ROWS
        crossings = []
        for ring in rings:
            for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1]):
                if (y1 > latitude) != (y2 > latitude):
                    crossings.append(x1 + (latitude - y1) * (x2 - x1) / (y2 - y1))
        crossings.sort()
        for west, east in zip(crossings[::2], crossings[1::2]):
            first = math.ceil((west + 180) * COLUMNS / 360 - 0.5)
            end = math.ceil((east + 180) * COLUMNS / 360 - 0.5)
            for column in range(first, end):
                raster[row * COLUMNS + column % COLUMNS] = index


def area_and_centre(ring):
    """Of a ring, its longitudes shrunk as they are at its latitude."""
    middle = math.radians(sum(y for _, y in ring) / len(ring))
    doubled = x = y = 0
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1]):
        cross = x1 * y2 - x2 * y1
        doubled, x, y = doubled + cross, x + (x1 + x2) * cross, y + (y1 + y2) * cross
    if not doubled:
        return 0, ring[0]
    return abs(doubled) * math.cos(middle), (x / 3 / doubled, y / 3 / doubled)


def centre(raster, index, rings):
    """The middle of the largest piece of land; of a crescent, the nearest place that is inside."""
    x, y = max(map(area_and_centre, rings))[1]
    x = (x + 180) % 360 - 180
    mine = [at for at, other in enumerate(raster) if other == index]
    if mine:

        def distance(at):
            longitude, latitude = (at % COLUMNS + 0.5) / 2 - 180, 90 - (at // COLUMNS + 0.5) / 2
            return (longitude - x) ** 2 + (latitude - y) ** 2

        nearest = min(mine, key=distance)
        if distance(nearest) > 0.5:
            x, y = (nearest % COLUMNS + 0.5) / 2 - 180, 90 - (nearest // COLUMNS + 0.5) / 2
    return y, x


def packed(raster):
    """Runs: the number of a country, then how many cells, seven bits a byte, the lowest first."""
    out, at = bytearray(), 0
    while at < len(raster):
        end = at
        while end < len(raster) and raster[end] == raster[at]:
            end += 1
        out.append(raster[at])
        length = end - at
        while length >= 128:
            out.append(length & 127 | 128)
            length >>= 7
        out.append(length)
        at = end
    return bytes(out)


def name_of(code, names):
    """The shortest name that is no abbreviation."""
    known = names[code] if isinstance(names[code], list) else [names[code]]
    return NAMES.get(code) or min((name for name in known if len(name) > 3), key=len)


def main():
    with tempfile.TemporaryDirectory() as folder:
        files = fetch(folder)
    topology = files["world-atlas", "package/countries-50m.json"]
    numbers = {number: code for code, _, number, *_ in files["i18n-iso-countries", "package/codes.json"]}
    names = files["i18n-iso-countries", "package/langs/en.json"]["countries"]

    drawn = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        number, name = geometry.get("id"), geometry["properties"]["name"]
        code = numbers[number] if number else WITHOUT_NUMBER[name]
        drawn.setdefault(code, []).extend(rings_of(topology, geometry))
    codes = sorted(set(names) | set(drawn))

    raster = bytearray(COLUMNS * ROWS)
    places = {}
    # The largest first: what lies inside another country stays to be seen.
    for code in sorted(drawn, key=lambda code: -sum(area for area, _ in map(area_and_centre, drawn[code]))):
        fill(raster, codes.index(code) + 1, drawn[code])
    for code in codes:
        rings = drawn.get(code)
        places[code] = NOT_DRAWN.get(code) or centre(raster, codes.index(code) + 1, rings)

    ASSETS.mkdir(parents=True, exist_ok=True)
    (ASSETS / "countries.runs").write_bytes(packed(raster))
    lines = [f"{code}\t{name_of(code, names)}\t{lat:.2f}\t{long:.2f}\n" for code, (lat, long) in places.items()]
    (ASSETS / "countries.tsv").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
