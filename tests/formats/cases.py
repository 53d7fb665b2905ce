"""The inputs of the matrix: in every mode x depth x alpha x profile x animation, and what must come out.

`expect`: "same"    every sample outside of the mark is what it was
          "near"    encoded again: near what it was
          "in place" a JPEG of which only MCUs under the mark change
          "refused"  with the words of `note` in its message
`note`: words that the journal must have of the file, "" where nothing is lost and nothing may be said.
"""

import os
import subprocess
from dataclasses import dataclass

import pictures as p
from pictures import H, W, gif, icc, integers, png, png_rows, rows_of, tiff

BECAME_8 = "a pixel became 8: the marks' colours"
SHADES = "became 8: the marks' shades of grey"


@dataclass
class Case:
    name: str
    expect: str = "same"
    note: str = ""


def png_cases(write):
    def add(name, data, *rest):
        write(name + ".png", data)
        yield Case(name + ".png", *rest)

    for bits in (1, 2, 4, 8, 16):
        note = SHADES if bits < 4 else ""
        yield from add(f"png-grey{bits}", png(0, bits, png_rows(1, bits)), "same", "?" if bits < 8 else note)
        yield from add(f"png-grey{bits}-interlaced", png(0, bits, png_rows(1, bits), interlaced=True), "same",
                       "?" if bits < 8 else note)
    for colour_type, channels, kind in ((4, 2, "grey-alpha"), (2, 3, "rgb"), (6, 4, "rgba")):
        for bits in (8, 16):
            yield from add(f"png-{kind}{bits}", png(colour_type, bits, png_rows(channels, bits)))
        yield from add(f"png-{kind}-interlaced", png(colour_type, 8, png_rows(channels, 8), interlaced=True))
    for bits in (1, 2, 4, 8):
        size = {8: 200}.get(bits, 1 << bits)
        note = "?" if bits < 8 else ""
        rows = p.png_index_rows(size)
        yield from add(f"png-palette{bits}", png(3, bits, rows, before=p.plte(size)), "same", note)
        yield from add(f"png-palette{bits}-alpha",
                       png(3, bits, rows, before=p.plte(size) + p.chunk(b"tRNS", bytes(range(0, 250, 250 // size))[:size])),
                       "same", note)
    yield from add("png-palette-interlaced", png(3, 8, p.png_index_rows(40), interlaced=True, before=p.plte(40)))
    key = png_rows(3, 8)
    yield from add("png-rgb-key", png(2, 8, key, before=p.chunk(b"tRNS", b"".join(bytes([0, v]) for v in key[3][3]))),
                   "same", "the transparent colour became an alpha channel")
    deep = png_rows(1, 16)
    yield from add("png-grey16-key", png(0, 16, deep, before=p.chunk(b"tRNS", deep[3][3][0].to_bytes(2, "big"))),
                   "same", "the transparent colour became an alpha channel")
    yield from add("png-rgb-suggested-palette", png(2, 8, png_rows(3, 8), before=p.plte(16)), "same", "PNG chunk PLTE")
    yield from add("png-rgb-srgb-profile", png(2, 8, png_rows(3, 8), before=p.iccp(p.SRGB)))
    yield from add("png-rgb-p3-profile", png(2, 8, png_rows(3, 8), before=p.iccp(p.P3)))
    yield from add("png-rgb16-p3-profile", png(2, 16, png_rows(3, 16), before=p.iccp(p.P3)))
    yield from add("png-grey-profile", png(0, 8, png_rows(1, 8), before=p.iccp(p.GREY)))
    yield from add("png-animated", png(2, 8, png_rows(3, 8), frames=[png_rows(3, 8, 1), png_rows(3, 8, 2)]), "same",
                   "APNG frames")
    yield from add("png-cgbi", b"\x89PNG\r\n\x1a\n" + p.chunk(b"CgBI", b"\x50\0\x20\2") +
                   png(6, 8, png_rows(4, 8))[8:], "refused", "Apple's CgBI variant of PNG")


def tiff_cases(write):
    made = []

    def add(name, data, expect="same", note=""):
        write(name + ".tif", data)
        made.append(Case(name + ".tif", expect, note))

    inverted = lambda rows, top: [[(top - one[0],) for one in row] for row in rows]
    floats = lambda channels: [[tuple(float(v) for v in one) for one in row] for row in rows_of(channels)]
    lab = lambda bits: [[(quant(one[0], bits), signed(one[1] - 0.5, bits), signed(one[2] - 0.5, bits)) for one in row]
                        for row in rows_of(3)]
    quant = lambda v, bits: round(v * ((1 << bits) - 1))
    signed = lambda v, bits: round(v * (1 << (bits - 1))) % (1 << bits)

    for bits in (1, 2, 4):
        note = "?"
        add(f"tiff-grey{bits}", tiff(integers(1, bits), bits), note=note)
        add(f"tiff-grey{bits}-white-is-zero", tiff(inverted(integers(1, bits), (1 << bits) - 1), bits, photometric=0), note=note)
        add(f"tiff-grey{bits}-tiles", tiff(integers(1, bits), bits, tile=32), note=note)
    for bits in (8, 16, 32):
        add(f"tiff-grey{bits}", tiff(integers(1, bits), bits, order=">"))
        add(f"tiff-grey{bits}-white-is-zero", tiff(inverted(integers(1, bits), (1 << bits) - 1), bits, photometric=0))
        add(f"tiff-rgb{bits}", tiff(integers(3, bits), bits, photometric=2))
        add(f"tiff-rgb{bits}-planar", tiff(integers(3, bits), bits, photometric=2, planar=2))
        add(f"tiff-rgb{bits}-tiles", tiff(integers(3, bits), bits, photometric=2, tile=32, compression=8))
        add(f"tiff-rgba{bits}", tiff(integers(4, bits), bits, photometric=2, extra=[2]))
        add(f"tiff-grey{bits}-alpha", tiff(integers(2, bits), bits, extra=[2]))
    for bits in (8, 16):
        full = (1 << bits) - 1
        times_alpha = [[tuple((v * one[-1] + full // 2) // full for v in one[:-1]) + one[-1:] for one in row]
                       for row in integers(4, bits)]
        add(f"tiff-rgba{bits}-associated", tiff(times_alpha, bits, photometric=2, extra=[1]))
        add(f"tiff-cmyk{bits}", tiff(integers(4, bits), bits, photometric=5))
    add("tiff-rgb-unspecified-sample", tiff(integers(4, 8), 8, photometric=2, extra=[0]))
    add("tiff-rgb-two-samples-more", tiff([[one + (7,) for one in row] for row in integers(4, 8)], 8, photometric=2,
                                          extra=[2, 0]))
    for bits in (8, 16, 32):
        top = (1 << (bits - 1)) - 1
        rows = [[tuple(round(v * top) for v in one) for one in row] for row in rows_of(1)]
        add(f"tiff-signed{bits}", tiff(rows, bits, sample_format=2))
    add("tiff-float", tiff(floats(1), 32, sample_format=3))
    add("tiff-float-rgb", tiff(floats(3), 32, sample_format=3, photometric=2, compression=8))
    add("tiff-float-rgba", tiff(floats(4), 32, sample_format=3, photometric=2, extra=[2]))
    add("tiff-float-rgb-tiles", tiff(floats(3), 32, sample_format=3, photometric=2, tile=16))
    for bits in (1, 2, 4, 8):
        size = 1 << bits
        rows = p.png_index_rows(min(size, 200))
        add(f"tiff-palette{bits}", tiff(rows, bits, photometric=3, tags=[p.colour_map(size)]), note="?" if bits < 8 else "")
    add("tiff-palette8-tiles", tiff(p.png_index_rows(100), 8, photometric=3, tile=32, tags=[p.colour_map(256)]))
    add("tiff-palette8-alpha", tiff([[one + (200,) for one in row] for row in p.png_index_rows(100)], 8, photometric=3, extra=[2],
                                    tags=[p.colour_map(256)]), note="the palette became RGB")
    add("tiff-lab8", tiff(lab(8), 8, photometric=8))
    add("tiff-lab16", tiff(lab(16), 16, photometric=8), "near")
    alpha = lambda rows, full: [[one + (full,) for one in row] for row in rows]
    add("tiff-lab8-opaque-alpha", tiff(alpha(lab(8), 255), 8, photometric=8, extra=[2]))
    add("tiff-lab16-opaque-alpha", tiff(alpha(lab(16), 65535), 16, photometric=8, extra=[2]), "near")
    add("tiff-packbits", tiff(integers(3, 8), 8, photometric=2, compression=32773))
    add("tiff-big", tiff(integers(3, 8), 8, photometric=2, big=True), note="?")
    add("tiff-big-endian16", tiff(integers(3, 16), 16, photometric=2, order=">"))
    add("tiff-pages", tiff(None, 8, photometric=2, pages=[integers(3, 8), integers(3, 8, 1), integers(3, 8, 2)]))
    add("tiff-profile-p3", tiff(integers(3, 8), 8, photometric=2, tags=[(34675, "u", p.P3)]))
    add("tiff-profile-grey", tiff(integers(1, 8), 8, tags=[(34675, "u", p.GREY)]))

    doubles = [[(one[0],) for one in row] for row in floats(1)]
    refused = "of a kind that libvips does not read"
    add("tiff-float64", tiff(doubles, 64, sample_format=3), "refused", "64-bit floating-point samples")
    add("tiff-float64-rgb", tiff(floats(3), 64, sample_format=3, photometric=2), "refused", "64-bit floating-point samples")
    for bits in (12, 14, 24):
        add(f"tiff-grey{bits}", tiff(integers(1, bits), bits), "refused", f"{bits}-bit integer samples")
    add("tiff-float16", tiff(integers(1, 16), 16, sample_format=3), "refused", "16-bit floating-point samples")
    add("tiff-float24", tiff(integers(1, 24), 24, sample_format=3), "refused", "24-bit floating-point samples")
    add("tiff-rgb4", tiff(integers(3, 4), 4, photometric=2), "refused", "4-bit integer samples, 3 a pixel")
    add("tiff-complex", tiff(doubles, 64, sample_format=6), "refused", "64-bit complex samples")
    add("tiff-ycc-plain", tiff(integers(3, 8), 8, photometric=6, tags=[(530, "H", [1, 1])]), "refused", "YCbCr")
    add("tiff-inks", tiff(integers(4, 8), 8, photometric=5, tags=[(332, "H", [2]), (334, "H", [4])]), "refused", "inks")
    add("tiff-logluv", tiff(integers(3, 16), 16, photometric=32845), "refused", "LogLuv")
    add("tiff-cfa", tiff(integers(1, 8), 8, photometric=32803), "refused", "colour filter array")
    add("tiff-mixed-bits", tiff(integers(3, 8), 8, photometric=2, tags=[(258, "H", [8, 8, 4])]), "refused", refused)
    add("tiff-tiled-planes", tiff(integers(3, 8), 8, photometric=2, tile=32, planar=2), "refused", "tiles of separate planes")
    return made


def converted_tiff_cases(folder):
    """What libtiff's own tiffcp makes of some of them."""
    for name, source, options in (("tiff-lzw.tif", "tiff-rgb8.tif", "-c lzw"), ("tiff-grey-lzw.tif", "tiff-grey8.tif", "-c lzw:2"),
                                  ("tiff-group4.tif", "tiff-grey1.tif", "-c g4"), ("tiff-group3.tif", "tiff-grey1.tif", "-c g3"),
                                  ("tiff-group4-white-is-zero.tif", "tiff-grey1-white-is-zero.tif", "-c g4"),
                                  ("tiff-zstd.tif", "tiff-rgb8.tif", "-c zstd"),
                                  ("tiff-jpeg-rgb.tif", "tiff-rgb8.tif", "-c jpeg:r:90"), ("tiff-jpeg.tif", "tiff-rgb8.tif", "-c jpeg:90"),
                                  ("tiff-jpeg-grey.tif", "tiff-grey8.tif", "-c jpeg:90"), ("tiff-deflate16.tif", "tiff-rgb16.tif", "-c zip:2"),
                                  ("tiff-float-predictor.tif", "tiff-float.tif", "-c zip:3")):
        path = os.path.join(folder, name)
        subprocess.run(["tiffcp", *options.split(), os.path.join(folder, source), path], check=True, capture_output=True)
        yield Case(name, "near" if "jpeg" in name else "same", "?" if "group" in name or name == "tiff-jpeg.tif" else "")


def jpeg_cases(folder):
    """By libjpeg-turbo's cjpeg; CMYK by ImageMagick."""
    colours = os.path.join(folder, "..", "rgb.ppm")
    shades = os.path.join(folder, "..", "grey.pgm")
    with open(colours, "wb") as file:
        file.write(b"P6 %d %d 255\n" % (W, H) + bytes(v for row in integers(3, 8) for one in row for v in one))
    with open(shades, "wb") as file:
        file.write(b"P5 %d %d 255\n" % (W, H) + bytes(v for row in integers(1, 8) for one in row for v in one))
    modes = [("444", "-sample 1x1", colours), ("422", "-sample 2x1", colours), ("420", "-sample 2x2", colours),
             ("440", "-sample 1x2", colours), ("411", "-sample 4x1", colours), ("grey", "", shades),
             ("rgb", "-rgb", colours), ("progressive", "-progressive", colours), ("progressive-grey", "-progressive", shades),
             ("restarts", "-restart 1", colours), ("optimised", "-optimize", colours), ("low", "-quality 20", colours),
             ("arithmetic", "-arithmetic", colours)]
    for name, options, source in modes:
        path = os.path.join(folder, f"jpeg-{name}.jpg")
        subprocess.run(["cjpeg", "-quality", "88", *options.split(), "-outfile", path, source], check=True, capture_output=True)
        yield Case(f"jpeg-{name}.jpg", "near" if name in ("arithmetic", "rgb") else "in place", "?")
    for name, colourspace in (("cmyk", "CMYK"),):
        path = os.path.join(folder, f"jpeg-{name}.jpg")
        subprocess.run(["convert", colours, "-colorspace", colourspace, "-quality", "90", path], check=True, capture_output=True)
        yield Case(f"jpeg-{name}.jpg", "near", "?")
    with open(os.path.join(folder, "jpeg-grey.jpg"), "rb") as file:
        data = bytearray(file.read())
    frame = data.index(b"\xff\xc0")
    data[frame + 1], data[frame + 4] = 0xC1, 12  # extended sequential, ITU T.81 table B.1
    with open(os.path.join(folder, "jpeg-12bit.jpg"), "wb") as file:
        file.write(data)
    yield Case("jpeg-12bit.jpg", "refused", "data precision 12")


def gif_cases(write, truth):
    """`truth` gets what browsers show: ImageMagick fills what no frame covers with the background colour."""
    made = []

    def add(name, frames, expect="same", note="", **options):
        write(name + ".gif", gif(frames, **options))
        truth[name + ".gif"] = p.gif_truth(frames, **options)
        made.append(Case(name + ".gif", expect, note))

    def whole(size, turn=0):
        return {"index": lambda x, y: (p.index(x, y, size) + turn) % size}

    def part(size, **more):
        return {"left": 10, "top": 8, "width": 20, "height": 12, "index": lambda x, y: (x + y) % size, **more}

    for size in (2, 4, 16, 100, 128, 255, 256):
        add(f"gif-{size}-colours", [whole(size)], colours=size, note="?" if size > 250 else "")
    for size in (4, 8, 15, 16, 31, 32, 64, 127, 128, 200):
        add(f"gif-animated-{size}-colours", [whole(size), part(size), part(size, left=30)], colours=size, loop=3)
    add("gif-interlaced", [{**whole(16), "interlaced": True}])
    add("gif-87a", [whole(16)], version=b"GIF87a")
    for disposal in (0, 1, 2, 3):
        for transparent in (None, 5):
            suffix = "-transparent" if transparent is not None else ""
            frames = [{**whole(16), "disposal": 1},
                      part(16, disposal=disposal, transparent=transparent),
                      part(16, left=25, top=15, disposal=disposal, transparent=transparent),
                      part(16, left=2, top=2)]
            add(f"gif-disposal{disposal}{suffix}", frames, loop=0)
    add("gif-first-frame-smaller", [part(16), part(16, left=25)], loop=0)
    add("gif-first-frame-smaller-background", [part(16), part(16, left=25)], loop=0, background=7)
    add("gif-still-smaller-than-screen", [part(16)])
    add("gif-first-frame-cleared", [{**whole(16), "disposal": 2}, part(16)], loop=0)
    add("gif-screen-640x480", [part(16, left=600, top=440)], screen=(640, 480))
    add("gif-screen-3000", [part(16)], screen=(3000, 40))
    add("gif-own-palettes", [{**whole(100), "palette": p.palette_of(256)[:100]},
                             {**whole(100), "palette": p.palette_of(256)[100:200]}], loop=0)
    add("gif-equal-frames", [whole(16), whole(16), part(16), part(16)], loop=0)
    add("gif-delays", [{**whole(16, turn), "delay": delay} for turn, delay in enumerate((0, 1, 2, 100, 65535))], loop=0)
    many = lambda x, y: (x * 7 + y * 13) % 200
    half = {"width": W // 2, "left": W // 2, "index": many}
    add("gif-more-than-256-colours", [{"index": many, "palette": p.palette_of(256)[:200]},
                                      {**half, "palette": [(c[2], c[0], c[1]) for c in p.palette_of(256)][:200]}],
        "near", "frames with more than 256 colours", loop=0)
    return made


def webp_cases(folder):
    """By libwebp's cwebp and webpmux."""
    rgb, rgba, turned = (os.path.join(folder, name) for name in ("png-rgb8.png", "png-rgba8.png", "../turned.png"))
    with open(turned, "wb") as file:
        file.write(png(2, 8, png_rows(3, 8, 1)))

    def cwebp(name, source, *options):
        subprocess.run(["cwebp", "-quiet", *options, source, "-o", os.path.join(folder, name)], check=True, capture_output=True)

    for name, source, options in (("lossy", rgb, "-q 80"), ("lossy-alpha", rgba, "-q 80 -exact"), ("lossless", rgb, "-lossless"),
                                  ("lossless-alpha", rgba, "-lossless -exact"), ("sharp", rgb, "-q 90 -sharp_yuv")):
        cwebp(f"webp-{name}.webp", source, *options.split())
        yield Case(f"webp-{name}.webp", "same" if "lossless" in name else "near")
    cwebp("../a.webp", rgb, "-lossless")
    cwebp("../b.webp", turned, "-lossless")
    cwebp("../c.webp", rgba, "-lossless", "-exact")
    a, b, c = (os.path.join(folder, "..", name) for name in ("a.webp", "b.webp", "c.webp"))

    def mux(name, *frames):
        words = [word for file, options in frames for word in ("-frame", file, options)]
        subprocess.run(["webpmux", *words, "-loop", "2", "-o", os.path.join(folder, name)], check=True, capture_output=True)

    mux("webp-animated.webp", (a, "+90"), (b, "+200"))
    mux("webp-animated-alpha.webp", (c, "+90+0+0+1-b"), (b, "+100"), (c, "+110+0+0+0+b"))
    mux("webp-equal-frames.webp", (a, "+90"), (a, "+200"), (b, "+50"))
    # ImageMagick and libwebp round differently where a frame is blended over another one.
    for name, expect in (("animated", "same"), ("animated-alpha", "near"), ("equal-frames", "same")):
        yield Case(f"webp-{name}.webp", expect)


CICP = {"srgb": "1/13/6", "p3": "12/13/6", "pq": "9/16/9"}


def avif_cases(folder):
    """By libavif's avifenc: every depth x chroma x alpha x colour numbers, and what else a file can say."""
    sources = {}
    for alpha in (False, True):
        sources[alpha] = os.path.join(folder, "..", f"alpha-{alpha}.png")
        with open(sources[alpha], "wb") as file:
            file.write(png(6 if alpha else 2, 16, png_rows(4 if alpha else 3, 16)))
    turned = os.path.join(folder, "..", "turned16.png")
    with open(turned, "wb") as file:
        file.write(png(6, 16, png_rows(4, 16, 1)))

    def encode(name, options, *images):
        path = os.path.join(folder, name)
        command = ["avifenc", "-s", "9", "--min", "8", "--max", "12", *options.split(), *images, path]
        subprocess.run(command, check=True, capture_output=True)

    for depth in (8, 10, 12):
        for chroma in ("420", "422", "444", "400"):
            for alpha, suffix in ((False, ""), (True, "-alpha")):
                for colour, numbers in CICP.items():
                    name = f"avif-{depth}bit-{chroma}{suffix}-{colour}.avif"
                    encode(name, f"--depth {depth} --yuv {chroma} --cicp {numbers}", sources[alpha])
                    yield Case(name, "near")
    more = [("limited", "--depth 10 --yuv 420 --range limited", (sources[False],)),
            ("identity", "--depth 8 --yuv 444 --cicp 1/13/0", (sources[False],)),
            ("premultiplied", "--depth 8 --yuv 444 --premultiply", (sources[True],)),
            ("pixel-aspect", "--depth 8 --yuv 420 --pasp 2,1", (sources[False],)),
            ("sequence", "--depth 8 --yuv 420 --timescale 100 --duration 7", (sources[False], turned, sources[False])),
            ("sequence-alpha-10bit", "--depth 10 --yuv 444 --timescale 100 --duration 7", (sources[True], turned))]
    for kind, options, images in more:
        encode(f"avif-{kind}.avif", options, *images)
        yield Case(f"avif-{kind}.avif", "near")
    profile = os.path.join(folder, "..", "p3.icc")
    with open(profile, "wb") as file:
        file.write(p.P3)
    encode("avif-profile-p3.avif", f"--depth 8 --yuv 444 --icc {profile}", sources[False])
    yield Case("avif-profile-p3.avif", "near")
