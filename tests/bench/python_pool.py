"""What the program replaced, for measurements side by side: a multiprocessing pool, a manager queue with a
queue listener for one log file, and Pillow.  usage: python_pool.py INPUT OUTPUT LOGO WORKERS"""

import logging
import logging.handlers
import multiprocessing
import os
import sys
import time

from PIL import Image

logo = None


def begin(queue, path):
    global logo
    logging.getLogger().addHandler(logging.handlers.QueueHandler(queue))
    logging.getLogger().setLevel(logging.INFO)
    logging.getLogger("PIL").setLevel(logging.WARNING)
    logo = Image.open(path).convert("RGBA")
    logo.putalpha(logo.getchannel("A").point(lambda alpha: alpha // 2))


def mark(paths):
    source, target = paths
    picture = Image.open(source).convert("RGB")
    picture.paste(logo, (picture.width - logo.width - 16, picture.height - logo.height - 16), logo)
    picture.save(target, quality=85)
    logging.info("marked %s", source)
    return 1


if __name__ == "__main__":
    folder, output, path, workers = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    os.makedirs(output, exist_ok=True)
    began = time.perf_counter()
    with multiprocessing.Manager() as manager:
        queue = manager.Queue()
        handler = logging.FileHandler(os.path.join(output, "pool.log"))
        listener = logging.handlers.QueueListener(queue, handler)
        listener.start()
        tasks = [(entry.path, os.path.join(output, entry.name)) for entry in os.scandir(folder)]
        with multiprocessing.Pool(workers, begin, (queue, path)) as pool:
            done = sum(pool.imap_unordered(mark, tasks, chunksize=10))
        listener.stop()
    elapsed = time.perf_counter() - began
    print(f"{done / elapsed:.1f}")
