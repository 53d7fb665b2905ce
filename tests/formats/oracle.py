"""What other programs see in a file. Nothing here uses the project's own code."""

import os
import struct
import subprocess
import tempfile

from pictures import png

TOOLS = {"convert": "imagemagick", "gm": "graphicsmagick", "pngcheck": "pngcheck", "giftext": "giflib-tools",
         "webpmux": "webp", "cwebp": "webp", "dwebp": "webp", "webpinfo": "webp", "tiffinfo": "libtiff-tools", "tiffcp": "libtiff-tools",
         "tiffcmp": "libtiff-tools", "djpeg": "libjpeg-turbo-progs", "cjpeg": "libjpeg-turbo-progs",
         "exiftool": "libimage-exiftool-perl", "heif-info": "libheif-examples", "avifdec": "libavif-bin",
         "avifenc": "libavif-bin"}


# Debian's own programs, before others of their names.
ENVIRONMENT = {**os.environ, "PATH": "/usr/bin:" + os.environ.get("PATH", "")}


def run(*command):
    done = subprocess.run(command, capture_output=True, timeout=600, env=ENVIRONMENT)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace").strip()


def frames(path):
    """Each frame or page as ImageMagick decodes it, whole (of GIF alone it does not do that by itself): (width, height, samples of RGBA with 16 bits)."""
    if path.endswith(".webp"):
        return webp_frames(path)
    if path.endswith(".avif"):
        return avif_frames(path)
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


def pam(data):
    """Samples of RGBA with 8 bits of dwebp's output."""
    head, body = data.split(b"ENDHDR\n", 1)
    words = dict(line.split(b" ", 1) for line in head.split(b"\n") if b" " in line)
    return int(words[b"WIDTH"]), int(words[b"HEIGHT"]), body


def webp_frames(path):
    """The same of WebP, whose animations ImageMagick 6 does not show as they are: each frame by webpmux and dwebp, put
    on the canvas here."""
    _, info, _ = run("webpmux", "-info", path)
    lines = info.decode().split("\n")
    table = [line.split() for line in lines if line.strip()[:1].isdigit() and ":" in line.split()[0]]
    if not table:
        code, data, errors = run("dwebp", "-quiet", "-pam", path, "-o", "-")
        if code != 0:
            raise ValueError(f"dwebp: {errors}")
        width, height, body = pam(data)
        return [(width, height, tuple(v * 257 for v in body))]
    size = next(line for line in lines if line.startswith("Canvas size"))
    width, height = int(size.split()[2]), int(size.split()[4])
    canvas, shown = [(0, 0, 0, 0)] * (width * height), []
    with tempfile.NamedTemporaryFile(suffix=".webp") as file:
        for number, row in enumerate(table):
            left, top, cleared, blended = int(row[4]), int(row[5]), row[7] == "background", row[8] == "yes"
            run("webpmux", "-get", "frame", str(number + 1), path, "-o", file.name)
            across, down, body = pam(run("dwebp", "-quiet", "-pam", file.name, "-o", "-")[1])
            places = [(top + y) * width + left + x for y in range(down) for x in range(across)]
            for at, place in enumerate(places):
                canvas[place] = over(body[4 * at:4 * at + 4], canvas[place]) if blended else tuple(body[4 * at:4 * at + 4])
            shown.append((width, height, tuple(v * 257 for one in canvas for v in one)))
            if cleared:
                for place in places:
                    canvas[place] = (0, 0, 0, 0)
    return shown


def avif_description(path):
    """What avifdec says of a file, line by line, less what its decoder was told."""
    code, text, errors = run("avifdec", "--info", path)
    if code != 0:
        raise ValueError(f"avifdec: {errors or text.decode(errors='replace')}")
    return [line.strip(" *") for line in text.decode().split("\n")[1:] if line.strip()]


def avif_words(path):
    """Of these: {"Bit Depth": "10"}, and how many frames there are."""
    lines = avif_description(path)
    words = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    return words, sum(line.startswith("Decoded frame") for line in lines)


def avif_frames(path):
    """The same of AVIF, which ImageMagick does not read here, by avifdec. Not turned."""
    shown = []
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        for number in range(avif_words(path)[1]):
            code, _, errors = run("avifdec", "--ignore-icc", "--depth", "16", "--index", str(number), path, file.name)
            if code != 0:
                raise ValueError(f"avifdec: {errors}")
            shown += frames(file.name)
    return shown


def by_avifenc(frame, like, path):
    """A frame as a usual encoder writes it, with the planes of the file `like` where that is an AVIF."""
    width, height, samples = frame
    rows = [[tuple(samples[4 * (y * width + x):4 * (y * width + x) + 4]) for x in range(width)] for y in range(height)]
    options = ["--yuv", "420"]  # as the project's own choice at this quality
    if like.endswith(".avif"):
        words = avif_words(like)[0]
        cicp = "/".join(words[key] for key in ("Color Primaries", "Transfer Char.", "Matrix Coeffs."))
        options = ["--depth", words["Bit Depth"], "--yuv", words["Format"].removeprefix("YUV"), "--cicp", cicp,
                   "--range", words["Range"].lower()]
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        file.write(png(6, 16, rows))
        file.flush()
        code, _, errors = run("avifenc", *options, "--ignore-icc", "--min", "25", "--max", "25",
                              "--minalpha", "25", "--maxalpha", "25", "-s", "6", file.name, path)
    if code != 0:
        raise ValueError(f"avifenc: {errors}")
    return avif_frames(path)[0]


def over(front, back):
    alpha = front[3] + back[3] * (255 - front[3]) / 255
    if alpha == 0:
        return 0, 0, 0, 0
    return (*(round((front[i] * front[3] + back[i] * back[3] * (255 - front[3]) / 255) / alpha) for i in range(3)), round(alpha))


def times(path):
    """How long each frame is shown, in hundredths of a second."""
    if path.endswith(".avif"):
        return [round(100 * float(line.split("[duration ")[1].split()[0])) for line in avif_description(path)
                if line.startswith("Decoded frame")]
    return [int(word) for word in run("convert", path, "-format", "%T\n", "info:")[1].split()]


def encoded_again(path, seen, ending, work):
    """The frames `seen` of `path` after a usual encoder has written them in that format."""
    with tempfile.NamedTemporaryFile(suffix=ending, dir=work) as file:
        if ending == ".webp":  # frame by frame: ImageMagick 6 writes animations that nobody reads
            return [by_cwebp(frame, file.name) for frame in seen]
        if ending == ".avif":
            return [by_avifenc(frame, path, file.name) for frame in seen]
        words = ("-background", "white", "-alpha", "remove") if ending == ".jpg" else ()
        whole = ["-coalesce"] if path.endswith(".gif") else []
        code, _, errors = run("convert", path, *whole, *words, "-quality", "80", file.name)
        if code != 0:
            raise ValueError(f"ImageMagick does not write {ending}: {errors}")
        return frames(file.name)


def by_cwebp(frame, path):
    width, height, samples = frame
    rows = [[tuple(v // 257 for v in samples[4 * (y * width + x):4 * (y * width + x) + 4]) for x in range(width)]
            for y in range(height)]
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        file.write(png(6, 8, rows))
        file.flush()
        code, _, errors = run("cwebp", "-quiet", "-q", "80", file.name, "-o", path)
    if code != 0:
        raise ValueError(f"cwebp: {errors}")
    return webp_frames(path)[0]


def refusal(path):
    """Why some program refuses a file, "" when none does."""
    checks = {".png": [("pngcheck", "-q")], ".gif": [("giftext",)], ".webp": [("webpinfo", "-quiet")],
              ".tif": [("tiffinfo", "-d", "-c")], ".jpg": [("djpeg", "-outfile", "/dev/null")],
              ".avif": [("avifdec", "--info"), ("heif-info",)]}
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
