#!/usr/bin/python3
"""Draws which MCUs of a JPEG a mark has changed: scripts/touched_mcus.py BEFORE AFTER OUTPUT.png [MCU_SIDE].

Both files are decoded to luma by Pillow, which knows nothing of how they were made. MCUs with any other sample are
tinted, the others pale. MCU_SIDE is 16 for 4:2:0. Needs python3-pil.
"""
import sys

from PIL import Image, ImageChops, ImageDraw


def luma(path):
    image = Image.open(path)
    image.draft("L", image.size)  # the decoder's own samples, not converted from RGB
    return image.convert("L")


def main():
    if len(sys.argv) not in (4, 5):
        sys.exit("usage: touched_mcus.py BEFORE AFTER OUTPUT.png [MCU_SIDE]")
    before, after, output = sys.argv[1:4]
    side = int(sys.argv[4]) if len(sys.argv) == 5 else 16
    changed = ImageChops.difference(luma(before), luma(after))
    shown = Image.open(after).convert("RGB")
    picture = Image.blend(shown, Image.new("RGB", shown.size, "white"), 0.55)
    draw = ImageDraw.Draw(picture, "RGBA")
    touched = total = 0
    for top in range(0, picture.height, side):
        for left in range(0, picture.width, side):
            box = (left, top, min(left + side, picture.width), min(top + side, picture.height))
            total += 1
            fill = None
            if changed.crop(box).getbbox() is not None:
                touched += 1
                picture.paste(shown.crop(box), box)
                fill = (230, 60, 20, 70)
            draw.rectangle((left, top, left + side, top + side), fill=fill, outline=(90, 90, 90, 60))
    picture.quantize(64).save(output, optimize=True)
    print(f"{touched} of {total} MCUs have changed")


if __name__ == "__main__":
    main()
