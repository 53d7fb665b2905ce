"""Called by formats_matrix.sh: makes the pictures, marks them, prints the table."""

import json
import os
import sqlite3
import subprocess
import sys

from PIL import Image, ImageDraw

programs, work = sys.argv[1:]
pictures = os.path.join(work, "in")
outputs = os.path.join(work, "out")
os.makedirs(pictures)
SIDE = 128  # the mark covers the lower right quarter at most; the upper half is compared


def path(name):
    return os.path.join(pictures, name)


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def photograph():
    """Soft gradients and a few edges."""
    image = Image.new("RGB", (SIDE, SIDE))
    image.putdata([(x * 2, y * 2, 255 - x - y) for y in range(SIDE) for x in range(SIDE)])
    draw = ImageDraw.Draw(image)
    draw.ellipse((20, 20, 70, 60), fill=(200, 40, 40))
    draw.rectangle((60, 10, 110, 50), outline=(20, 160, 60), width=3)
    return image


def drawing(colours):
    return photograph().quantize(colours, dither=Image.Dither.NONE)


def with_pillow(rgb):
    alpha = Image.linear_gradient("L").resize((SIDE, SIDE))
    rgba = rgb.copy()
    rgba.putalpha(alpha)
    grey = rgb.convert("L")
    grey16 = Image.new("I;16", (SIDE, SIDE))
    grey16.putdata([x * 257 + y * 3 for y in range(SIDE) for x in range(SIDE)])
    few = drawing(16)
    many = drawing(250)

    rgb.convert("1").save(path("png-1bit.png"))
    few.save(path("png-palette-16.png"), bits=4)
    drawing(4).save(path("png-palette-4.png"), bits=2)
    many.save(path("png-palette-250.png"))
    few.save(path("png-palette-transparent.png"), transparency=3)
    few.save(path("png-palette-alpha.png"), transparency=bytes(range(0, 256, 16)))
    Image.merge("LA", (grey, alpha)).save(path("png-la.png"))
    grey.save(path("png-grey.png"))
    grey16.save(path("png-grey16.png"))
    rgb.save(path("png-rgb.png"))
    rgb.save(path("png-rgb-key.png"), transparency=(0, 0, 255))
    rgba.save(path("png-rgba.png"))
    rgb.save(path("png-apng.png"), save_all=True, append_images=[rgb.rotate(90), rgb.rotate(180)])

    rgb.convert("1").save(path("tiff-1bit-group4.tif"), compression="group4")
    rgb.convert("1").save(path("tiff-1bit.tif"))
    few.save(path("tiff-palette.tif"))
    grey.save(path("tiff-grey-lzw.tif"), compression="tiff_lzw")
    grey16.save(path("tiff-grey16.tif"))
    rgb.convert("F").save(path("tiff-float.tif"))
    rgb.convert("I").save(path("tiff-int32.tif"))
    rgb.convert("CMYK").save(path("tiff-cmyk.tif"))
    rgb.convert("LAB").save(path("tiff-lab.tif"))
    rgba.save(path("tiff-rgba.tif"), compression="tiff_deflate")
    rgb.save(path("tiff-jpeg.tif"), compression="jpeg")
    rgb.save(path("tiff-pages.tif"), save_all=True, append_images=[rgb.rotate(90)])

    rgb.save(path("jpeg-420.jpg"), quality=88, subsampling=2)
    rgb.save(path("jpeg-422.jpg"), quality=88, subsampling=1)
    rgb.save(path("jpeg-444.jpg"), quality=88, subsampling=0)
    rgb.save(path("jpeg-progressive.jpg"), quality=88, progressive=True)
    grey.save(path("jpeg-grey.jpg"), quality=88)
    rgb.convert("CMYK").save(path("jpeg-cmyk.jpg"), quality=88)

    frames = [drawing(200).rotate(90 * turn) for turn in range(3)]
    drawing(200).save(path("gif-still.gif"))
    frames[0].save(path("gif-animated.gif"), save_all=True, append_images=frames[1:], duration=[70, 80, 90], loop=3)
    few.save(path("gif-transparent.gif"), transparency=3)
    rgb.save(path("webp-lossy.webp"), quality=80)
    rgb.save(path("webp-lossless.webp"), lossless=True)
    rgba.save(path("webp-lossless-alpha.webp"), lossless=True, exact=True)
    rgb.save(path("webp-animated.webp"), save_all=True, append_images=[rgb.rotate(90)], lossless=True, duration=90)


def twelve_bit_jpeg():
    """A grey JPEG whose header says 12 bits. Nobody decodes further where that is refused."""
    with open(path("jpeg-grey.jpg"), "rb") as file:
        data = bytearray(file.read())
    frame = data.index(b"\xff\xc0")
    data[frame + 1] = 0xC1  # extended sequential, ITU T.81 table B.1
    data[frame + 4] = 12
    with open(path("jpeg-12bit.jpg"), "wb") as file:
        file.write(data)


def gif_of_many_colours():
    """Two frames with a palette each, the second beside what the first one left: together more than 256."""
    half = SIDE // 2
    for name, box in (("left", (0, 0, half, SIDE)), ("right", (half, 0, SIDE, SIDE))):
        photograph().crop(box).quantize(250, dither=Image.Dither.NONE).save(os.path.join(work, name + ".png"))
    run("convert", "-delay", "10", "-dispose", "none", "(", os.path.join(work, "left.png"), "-background", "black",
        "-extent", f"{SIDE}x{SIDE}", ")", "(", os.path.join(work, "right.png"), "-repage", f"{SIDE}x{SIDE}+{half}+0", ")",
        "-loop", "0", path("gif-many-colours.gif"))


def with_imagemagick():
    base = path("png-rgb.png")

    def convert(name, *options):
        done = subprocess.run(["convert", base, *options, path(name)], capture_output=True, text=True)
        if done.returncode != 0 or not os.path.exists(path(name)):
            print(f"no {name}: {done.stderr.strip()}", file=sys.stderr)

    convert("png-interlaced.png", "-interlace", "PNG")
    convert("png-grey2.png", "-colorspace", "Gray", "-depth", "2", "-define", "png:color-type=0",
            "-define", "png:bit-depth=2")
    convert("png-rgba16.png", "-alpha", "set", "-channel", "A", "-evaluate", "multiply", "0.6", "+channel",
            "-depth", "16", "-define", "png:color-type=6", "-define", "png:bit-depth=16")
    convert("png-palette-interlaced.png", "-colors", "40", "-interlace", "PNG", "-define", "png:color-type=3")
    convert("jpeg-ycck.jpg", "-colorspace", "CMYK", "-quality", "88")
    convert("jpeg-411.jpg", "-sampling-factor", "4x1", "-quality", "88")
    convert("jpeg-440.jpg", "-sampling-factor", "1x2", "-quality", "88")
    convert("tiff-rgb16.tif", "-depth", "16", "-compress", "zip")
    convert("tiff-tiled.tif", "-define", "tiff:tile-geometry=64x64", "-compress", "lzw")
    convert("tiff-miniswhite.tif", "-monochrome", "-define", "quantum:polarity=min-is-white", "-compress", "group4")
    convert("tiff-planar.tif", "-interlace", "plane", "-compress", "none")
    convert("tiff-big.tif", "-compress", "lzw", "-define", "tiff:endian=msb")
    convert("bmp.bmp")
    convert("j2k.jp2")
    for name, options in (("tiff-bigtiff.tif", "[bigtiff]"), ("avif-8.avif", "[Q=80]"), ("tiff-labq.tif", "")):
        if name == "tiff-labq.tif":
            run("vips", "colourspace", base, path(name), "lab")
        else:
            run("vips", "copy", base, path(name) + options)


TAGS = ("FileType", "ColorType", "BitDepth", "Interlace", "BitsPerSample", "PhotometricInterpretation",
        "SampleFormat", "Compression", "PlanarConfiguration", "EncodingProcess", "ColorComponents",
        "YCbCrSubSampling", "ColorTransform", "BitsPerPixel", "ImagePixelDepth",
        "VP8Version", "AlphaIsUsed", "TileWidth")


def mode(file):
    """What the headers say, by exiftool: no decoder has a say in it."""
    tags = json.loads(run("exiftool", "-j", *["-" + tag for tag in TAGS], file))[0]
    # None where ImageMagick refuses the file, too.
    pages = subprocess.run(["identify", "-format", "%n\n", file], capture_output=True, text=True).stdout.split()[:1]
    words = []
    for tag in TAGS[1:]:
        if tag not in tags or tags[tag] in ("Noninterlaced", "Chunky", "Deflate/Inflate", "Huffman coding"):
            continue
        if tag == "SampleFormat":  # one for each sample; unsigned where it is missing
            tags[tag] = "" if "Unsigned" in str(tags[tag]) else str(tags[tag]).split(";")[0]
        value = str(tags[tag])
        if tag in ("BitDepth", "BitsPerSample", "ImagePixelDepth"):
            value += " bit"
        if tag == "ColorComponents":
            value += " components"
        if tag == "TileWidth":
            value = "tiles"
        if tag == "YCbCrSubSampling":
            value = value.split(" ")[0].replace("YCbCr", "")
        if tag == "AlphaIsUsed":
            value = "alpha" if tags[tag] in (1, "Yes") else ""
        if tag == "VP8Version":
            value = "lossy"
        if value:
            words.append(value)
    if pages and pages[0] != "1":
        words.append(pages[0] + " frames or pages")
    return ", ".join(words) or tags["FileType"]


def difference(before, after):
    """Largest difference of a sample outside of the mark, which lies in the lower half."""
    results = []
    count = int(run("identify", "-format", "%n\n", before).split()[0])
    for frame in range(min(count, 3)):
        halves = []
        for number, file in enumerate((before, after)):
            half = os.path.join(work, f"half{number}.miff")
            # Frames of an animation may show what the ones before them left.
            run("convert", file, "-coalesce", "-crop", f"{SIDE}x{SIDE // 2}+0+0", "+repage", "-delete",
                f"{frame + 1}--1" if frame + 1 < count else "999", "-delete", f"0-{frame - 1}" if frame else "999", half)
            halves.append(half)
        done = subprocess.run(["compare", "-metric", "PAE", *halves, "null:"], capture_output=True, text=True)
        text = done.stderr.strip()
        results.append(float(text.split("(")[1].rstrip(")")) * 255)
    worst = max(results)
    return "identical" if worst == 0 else f"within {worst:.1f} of 255"


def logo():
    file = os.path.join(work, "logo.png")
    large = Image.new("RGBA", (256, 256), (255, 255, 255, 0))
    ImageDraw.Draw(large).ellipse((8, 8, 248, 248), fill=(220, 30, 30, 255))
    large.resize((32, 32), Image.Resampling.LANCZOS).save(file)
    return file


def main():
    with_pillow(photograph())
    with_imagemagick()
    twelve_bit_jpeg()
    gif_of_many_colours()
    command = [os.path.join(programs, "wm-supervisor"), "--logo", logo(), "--gravity", "southeast", "--offset", "4,4",
               "--scale", "25%", "--ext", "png,tif,jpg,gif,webp,avif,bmp,jp2", "--verify", "--quiet", "-o", outputs,
               pictures]
    subprocess.run(command, capture_output=True, check=False)
    journal = sqlite3.connect(os.path.join(outputs, ".wm-supervisor", "job.db"))
    notes = {}
    for output, note, message in journal.execute("SELECT output, notes, message FROM file"):
        notes[os.fsdecode(output)] = (note or "", message or "")
    print("# Formats\n")
    print("What comes out of every mode that goes in. Made by `scripts/formats_matrix.sh`, from a run with `--verify`;")
    print("do not edit. Modes are what exiftool reads in the headers. \"Outside\" is the largest difference of a sample")
    print("where no mark is, by ImageMagick. The mark is a red disc with soft edges; the picture has saturated edges,")
    print("whose colours lose some sharpness whenever a JPEG with subsampled colours is encoded again.\n")
    print("| picture | mode in | mode out | outside | told in log and journal |")
    print("|---|---|---|---|---|")
    for name in sorted(os.listdir(pictures)):
        before, after = path(name), os.path.join(outputs, name)
        note, message = notes.get(name, ("", ""))
        if not os.path.exists(after):
            print(f"| {name} | {mode(before)} | refused | | {message} |")
            continue
        into, out = mode(before), mode(after)
        print(f"| {name} | {into} | {'the same' if into == out else out} | {difference(before, after)} | {note} |")
    print(NOTES)


NOTES = """
## More colours than a frame of GIF can have

Each frame is written whole, as it is seen. A frame may show colours that earlier ones left beside its own palette's, and
then have more than 256; it is given the 256 that lose least, and log and journal say how many frames that happened to.
Where a frame had room, its own colours stay as they are and the mark's are fitted in. Where it had none, the mark takes
the nearest of the frame's colours. Would it be another mark then (48 of 255 levels off on average), up to 32 of them give
way, those whose pixels lose least by taking the nearest one that is left; log and journal say so.

## Colours of marks in other spaces

A mark is converted by the picture's profile, relative colorimetric. On RGB, grey and Lab it is seen within 2 CIEDE2000 of
what it is on sRGB, by Little CMS. On CMYK that holds for colours that inks can show: the profile's table from colours to
inks is checked by its table from inks to colours, and corrected. With the profile that libvips brings along, a grey of 128
is 0.3 off instead of 3.3, a near white (250, 240, 230) 1.1 instead of 2.2. Colours that no inks can show stay as far off as
the profile leaves them: pure red 7, pure blue 15. A JPEG's own rounding comes on top, at low quality up to 2 more.
"""

main()
