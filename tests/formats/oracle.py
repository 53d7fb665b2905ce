"""What other programs see in a file. Nothing here uses the project's own code."""

import os
import struct
import subprocess
import tempfile

TOOLS = {"convert": "imagemagick", "gm": "graphicsmagick", "pngcheck": "pngcheck", "giftext": "giflib-tools",
         "webpmux": "webp", "cwebp": "webp", "webpinfo": "webp", "tiffinfo": "libtiff-tools", "tiffcp": "libtiff-tools",
         "tiffcmp": "libtiff-tools", "djpeg": "libjpeg-turbo-progs", "cjpeg": "libjpeg-turbo-progs",
         "exiftool": "libimage-exiftool-perl", "heif-info": "libheif-examples"}


# Debian's own programs, before others of their names.
ENVIRONMENT = {**os.environ, "PATH": "/usr/bin:" + os.environ.get("PATH", "")}


def run(*command):
    done = subprocess.run(command, capture_output=True, timeout=600, env=ENVIRONMENT)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace").strip()


def frames(path):
    """Each frame or page as ImageMagick decodes it, whole (of GIF alone it does not do that by itself): (width, height, samples of RGBA with 16 bits)."""
    whole = ["-coalesce"] if path.endswith(".gif") else []
    code, sizes, _ = run("convert", path, *whole, "-format", "%w %h\n", "info:")
    if code != 0:
        raise ValueError(f"ImageMagick does not read {path}")
    code, data, errors = run("convert", path, *whole, "-alpha", "set", "-depth", "16", "-endian", "LSB", "rgba:-")
    if code != 0 or (errors and not path.endswith(".tif")):  # of TIFF it warns of tags that it does not know
        raise ValueError(f"ImageMagick: {errors}")
    result = []
    for line in sizes.split(b"\n"):
        if not line:
            continue
        width, height = map(int, line.split())
        size = width * height * 4
        result.append((width, height, struct.unpack(f"<{size}H", data[:2 * size])))
        data = data[2 * size:]
    return result


def times(path):
    """How long each frame is shown, in hundredths of a second."""
    return [int(word) for word in run("convert", path, "-format", "%T\n", "info:")[1].split()]


def encoded_again(path, ending, work):
    """The frames after a usual encoder has written them in that format."""
    with tempfile.NamedTemporaryFile(suffix=ending, dir=work) as file:
        words = ("-background", "white", "-alpha", "remove") if ending == ".jpg" else ()
        code, _, errors = run("convert", path, *(["-coalesce"] if path.endswith(".gif") else []), *words, "-quality", "80", file.name)
        if code != 0:
            raise ValueError(f"ImageMagick does not write {ending}: {errors}")
        return frames(file.name)


def refusal(path):
    """Why some program refuses a file, "" when none does."""
    checks = {".png": [("pngcheck", "-q")], ".gif": [("giftext",)], ".webp": [("webpinfo", "-quiet")],
              ".tif": [("tiffinfo", "-d", "-c")], ".jpg": [("djpeg", "-outfile", "/dev/null")],
              ".avif": [("heif-info",)]}
    ending = path[path.rindex("."):]
    commands = checks[ending] + ([("gm", "identify")] if ending != ".avif" else [])
    for command in commands:
        code, out, errors = run(*command, path)
        complaint = errors
        if command[0] == "tiffinfo":  # warns of tags that it does not know
            complaint = "\n".join(line for line in errors.split("\n") if line and "Warning" not in line)
        if command[0] == "gm" and ending == ".tif" and code == 0:
            complaint = ""
        if code != 0 or complaint:
            return f"{command[0]}: {complaint or out.decode(errors='replace').strip() or code}"
    return ""
