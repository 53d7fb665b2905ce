"""Writers of picture files in every mode, byte by byte, so that a test knows what it has put in.

One picture for all: gradients, a disc and a frame of saturated colours, W x H pixels, odd sides.
"""

import struct
import zlib

W, H = 67, 45


def pixel(x, y, turn=0):
    """Red, green, blue, alpha from 0 to 1."""
    if turn % 2:
        x, y = W - 1 - x, H - 1 - y
    if (x - 20) ** 2 + (y - 14) ** 2 < 60:
        red, green, blue = 0.8, 0.15, 0.15
    elif x in (40, 41, 60) and 5 <= y < 40:
        red, green, blue = 0.05, 0.6, 0.25
    else:
        red, green, blue = x / (W - 1), y / (H - 1), 1 - (x + y) / (W + H - 2)
    return red, green, blue, 0.25 + 0.75 * ((x * 3 + y * 5) % 64) / 63


def grey(x, y, turn=0):
    red, green, blue, _ = pixel(x, y, turn)
    return 0.3 * red + 0.5 * green + 0.2 * blue


def quantised(value, bits):
    return min(int(value * ((1 << bits) - 1) + 0.5), (1 << bits) - 1)


def rows_of(channels, turn=0, width=W, height=H):
    """Rows of pixels of 1 (grey), 2 (grey, alpha), 3, 4 (RGBA) or 5 (CMYK is 'k') numbers from 0 to 1."""
    def one(x, y):
        red, green, blue, alpha = pixel(x, y, turn)
        if channels == 1:
            return (grey(x, y, turn),)
        if channels == 2:
            return (grey(x, y, turn), alpha)
        if channels == 3:
            return (red, green, blue)
        return (red, green, blue, alpha)
    return [[one(x, y) for x in range(width)] for y in range(height)]


def packed(samples, bits, order=">"):
    """Integers of 1 to 32 bits, one after the other; a row ends with a whole byte."""
    if bits in (8, 16, 32):
        return struct.pack(order + str(len(samples)) + {8: "B", 16: "H", 32: "I"}[bits], *samples)
    out, buffer, held = bytearray(), 0, 0
    for sample in samples:
        buffer, held = buffer << bits | sample, held + bits
        while held >= 8:
            held -= 8
            out.append(buffer >> held & 0xFF)
    if held:
        out.append(buffer << (8 - held) & 0xFF)
    return bytes(out)


def palette_of(size):
    """Colours that are far apart, in an order of their own."""
    return [((i * 83) % 256, (i * 151 + 40) % 256, (255 - i * 59) % 256) for i in range(size)]


def index(x, y, size):
    return ((x // 5) + (y // 4) * 7 + (x * y) // 90) % size


# ---- ICC profiles ------------------------------------------------------------------------------------------

def icc(space="RGB ", primaries=((0.436, 0.222, 0.014), (0.385, 0.717, 0.097), (0.143, 0.061, 0.714)), gamma=2.2):
    """A matrix or grey profile of version 2 (ICC.1:2001-04); PCS is XYZ."""
    def xyz(values):
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(v * 65536)) for v in values)

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    text = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + bytes(78 + 5)
    tags = {b"desc": text, b"cprt": b"text\0\0\0\0none\0\0\0\0", b"wtpt": xyz((0.9642, 1, 0.8249))}
    if space == "RGB ":
        for name, values in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries):
            tags[name] = xyz(values)
        for name in (b"rTRC", b"gTRC", b"bTRC"):
            tags[name] = curve
    else:
        tags[b"kTRC"] = curve
    at, table, data = 128 + 4 + 12 * len(tags), b"", b""
    for name, body in tags.items():
        body += bytes(-len(body) % 4)
        table += name + struct.pack(">II", at + len(data), len(body))
        data += body
    body = struct.pack(">I", len(tags)) + table + data
    head = struct.pack(">I4s4s4s4s4s12s4s", 128 + len(body), b"test", b"\2\x20\0\0", b"mntr", space.encode(), b"XYZ ",
                       struct.pack(">6H", 2026, 1, 1, 0, 0, 0), b"acsp")
    head += bytes(68 - len(head)) + struct.pack(">3i", 63190, 65536, 54061)
    return head + bytes(128 - len(head)) + body


SRGB = icc()
P3 = icc(primaries=((0.5151, 0.2412, -0.0011), (0.292, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841)))
GREY = icc("GRAY", gamma=1.8)


# ---- PNG (ISO/IEC 15948) -----------------------------------------------------------------------------------

def chunk(kind, data=b""):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def png(colour_type, bits, samples, interlaced=False, before=b"", frames=(), height=None):
    """`samples[y][x]` is a tuple of integers. `frames`: more of them, of an animated PNG."""
    height = height or len(samples)
    width = len(samples[0])

    def stream(rows):
        passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
        raw = b""
        for left, top, across, down in passes:
            for row in rows[top::down]:
                part = [sample for one in row[left::across] for sample in one]
                if part:
                    raw += b"\0" + packed(part, bits)
        return zlib.compress(raw, 6)

    head = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, int(interlaced))
    file = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    if frames:
        file += chunk(b"acTL", struct.pack(">II", 1 + len(frames), 0))
    file += before
    control = struct.pack(">IIIIHHBB", width, height, 0, 0, 1, 10, 0, 0)
    number = 0
    if frames:
        file += chunk(b"fcTL", struct.pack(">I", 0) + control)
        number = 1
    file += chunk(b"IDAT", stream(samples))
    for rows in frames:
        file += chunk(b"fcTL", struct.pack(">I", number) + control)
        file += chunk(b"fdAT", struct.pack(">I", number + 1) + stream(rows))
        number += 2
    return file + chunk(b"IEND")


def iccp(profile):
    return chunk(b"iCCP", b"test\0\0" + zlib.compress(profile))


def png_rows(channels, bits, turn=0):
    return [[tuple(quantised(v, bits) for v in one) for one in row] for row in rows_of(channels, turn)]


def png_index_rows(size):
    return [[(index(x, y, size),) for x in range(W)] for y in range(H)]


def plte(size):
    return chunk(b"PLTE", b"".join(bytes(colour) for colour in palette_of(size)))


# ---- TIFF (TIFF 6.0) ---------------------------------------------------------------------------------------

TYPES = {"B": 1, "s": 2, "H": 3, "I": 4, "R": 5, "u": 7, "Q": 16}


def packbits(row):
    return b"".join(bytes([len(row[i:i + 128]) - 1]) + row[i:i + 128] for i in range(0, len(row), 128))


def tiff(samples, bits, sample_format=1, photometric=1, order="<", compression=1, planar=1, tile=None, extra=None,
         big=False, pages=None, tags=(), predictor=1, rows_per_strip=16):
    """`samples[y][x]` is a tuple of numbers. `tags`: (number, type, values)."""
    word, size = ("Q", 8) if big else ("I", 4)

    def row_bytes(numbers):
        if sample_format in (3, 6) and bits in (32, 64):
            return struct.pack(order + str(len(numbers)) + {32: "f", 64: "d"}[bits], *numbers)
        if sample_format == 2 and bits in (8, 16, 32):
            return struct.pack(order + str(len(numbers)) + {8: "b", 16: "h", 32: "i"}[bits], *numbers)
        return packed(numbers, bits, order)

    def squeezed(rows):
        if compression == 32773:
            return b"".join(packbits(row) for row in rows)
        return zlib.compress(b"".join(rows)) if compression == 8 else b"".join(rows)

    def pieces(rows):
        height, width, channels = len(rows), len(rows[0]), len(rows[0][0])
        planes = [[[one] for one in range(channels)]][0] if planar == 2 else [list(range(channels))]
        for plane in planes:
            plane = plane if isinstance(plane, list) else [plane]
            flat = lambda row: [one[c] for one in row for c in plane]
            if tile:
                for top in range(0, height, tile):
                    for left in range(0, width, tile):
                        part = [rows[min(y, height - 1)][left:left + tile] for y in range(top, top + tile)]
                        part = [row + [row[-1]] * (tile - len(row)) for row in part]
                        yield squeezed([row_bytes(flat(row)) for row in part])
            else:
                for top in range(0, height, rows_per_strip):
                    yield squeezed([row_bytes(flat(row)) for row in rows[top:top + rows_per_strip]])

    file = bytearray((b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42))
    file += struct.pack(order + "HHQ", 8, 0, 0) if big else struct.pack(order + "I", 0)
    link = 8 if big else 4
    for rows in pages or [samples]:
        height, width, channels = len(rows), len(rows[0]), len(rows[0][0])
        places = []
        for piece in pieces(rows):
            places.append((len(file), len(piece)))
            file += piece + bytes(len(piece) % 2)
        entries = {256: ("I", [width]), 257: ("I", [height]), 258: ("H", [bits] * channels), 259: ("H", [compression]),
                   262: ("H", [photometric]), 277: ("H", [channels]), 284: ("H", [planar]),
                   339: ("H", [sample_format] * channels)}
        offsets, counts = (324, 325) if tile else (273, 279)
        entries[offsets] = (word, [at for at, _ in places])
        entries[counts] = (word, [count for _, count in places])
        if tile:
            entries[322], entries[323] = ("I", [tile]), ("I", [tile])
        else:
            entries[278] = ("I", [rows_per_strip])
        if extra is not None:
            entries[338] = ("H", extra)
        for number, kind, values in tags:
            entries[number] = (kind, values)
        table = b""
        for number in sorted(entries):
            kind, values = entries[number]
            if kind in "su":
                value, count = bytes(values), len(values)
            elif kind == "R":
                value, count = b"".join(struct.pack(order + "II", *v) for v in values), len(values)
            else:
                value, count = struct.pack(order + str(len(values)) + kind, *values), len(values)
            if len(value) > size:
                file += bytes(len(file) % 2)
                at = len(file)
                file += value
                value = struct.pack(order + word, at)
            table += struct.pack(order + "HH" + word, number, TYPES[kind], count) + value.ljust(size, b"\0")
        file += bytes(len(file) % 2)
        struct.pack_into(order + word, file, link, len(file))
        file += struct.pack(order + ("Q" if big else "H"), len(entries)) + table
        link = len(file)
        file += bytes(size)
    return bytes(file)


def integers(channels, bits, turn=0):
    return [[tuple(quantised(v, bits) for v in one) for one in row] for row in rows_of(channels, turn)]


def colour_map(size):
    colours = palette_of(size)
    return (320, "H", [colour[plane] * 257 for plane in range(3) for colour in colours])


# ---- GIF (GIF89a) ------------------------------------------------------------------------------------------

def lzw(indices, root):
    """Codes that are never longer than one bit more than `root`: the table is cleared before it would grow."""
    bits, clear, end = root + 1, 1 << root, (1 << root) + 1
    out, buffer, held = bytearray(), 0, 0
    codes = []
    for at, value in enumerate(indices):
        if at % ((1 << root) - 2) == 0:
            codes.append(clear)
        codes.append(value)
    codes.append(end)
    for code in codes:
        buffer, held = buffer | code << held, held + bits
        while held >= 8:
            out.append(buffer & 0xFF)
            buffer, held = buffer >> 8, held - 8
    out.append(buffer & 0xFF)
    body = b"".join(bytes([len(out[i:i + 255])]) + bytes(out[i:i + 255]) for i in range(0, len(out), 255))
    return bytes([root]) + body + b"\0"


def gif(frames, colours=16, screen=(W, H), background=0, loop=None, version=b"GIF89a"):
    """`frames`: dicts with left, top, width, height, index (a function of x, y), disposal, transparent, delay,
    interlaced, palette (a list of its own)."""
    def table(palette):
        bits = max((len(palette) - 1).bit_length(), 1)
        return bits, b"".join(bytes(c) for c in palette) + bytes(3 * ((1 << bits) - len(palette)))

    bits, colour_bytes = table(palette_of(colours))
    file = version + struct.pack("<HHBBB", *screen, 0x80 | 0x70 | (bits - 1), background, 0) + colour_bytes
    if loop is not None:
        file += b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", loop) + b"\0"
    for frame in frames:
        left, top = frame.get("left", 0), frame.get("top", 0)
        width, height = frame.get("width", W), frame.get("height", H)
        transparent = frame.get("transparent")
        if version == b"GIF89a":
            flags = frame.get("disposal", 0) << 2 | (transparent is not None)
            file += b"\x21\xf9\x04" + struct.pack("<BHB", flags, frame.get("delay", 7), transparent or 0) + b"\0"
        own = b""
        flags, root = 0x40 if frame.get("interlaced") else 0, bits
        if "palette" in frame:
            root, own = table(frame["palette"])
            flags |= 0x80 | (root - 1)
        file += b"," + struct.pack("<HHHHB", left, top, width, height, flags) + own
        order = range(height)
        if frame.get("interlaced"):
            order = [*range(0, height, 8), *range(4, height, 8), *range(2, height, 4), *range(1, height, 2)]
        indices = [frame["index"](x, y) for y in order for x in range(width)]
        file += lzw(indices, max(root, 2))
    return file + b";"


def gif_truth(frames, colours=16, screen=(W, H), **_):
    """What browsers show of gif(...): for each frame (width, height, samples of RGBA with 16 bits). What nothing has
    covered is transparent, and so is what is cleared; the background colour is nowhere."""
    width, height = screen
    clear = (0, 0, 0, 0)
    canvas = [[clear] * width for _ in range(height)]
    shown = []
    for frame in frames:
        left, top = frame.get("left", 0), frame.get("top", 0)
        across, down = frame.get("width", W), frame.get("height", H)
        before = [row[:] for row in canvas]
        palette = frame.get("palette", palette_of(colours))
        for y in range(down):
            for x in range(across):
                at = frame["index"](x, y)
                if at != frame.get("transparent") and top + y < height and left + x < width:
                    canvas[top + y][left + x] = (*(v * 257 for v in palette[at]), 65535)
        shown.append((width, height, tuple(v for row in canvas for one in row for v in one)))
        if frame.get("disposal") == 3:
            canvas = before
        elif frame.get("disposal") == 2:
            for y in range(top, min(top + down, height)):
                for x in range(left, min(left + across, width)):
                    canvas[y][x] = clear
    return shown
