// sharp (npm) over a folder, for scripts/peers_bench.sh: the mark at half opacity in the lower right corner, or as
// tiles. usage: node sharp_pool.js SOURCE TARGET MARK LANES corner|tile
const sharp = require('sharp'), fs = require('fs'), path = require('path');
const [, , source, target, mark, lanes, way] = process.argv;
sharp.concurrency(1);
sharp.cache(false);

(async () => {
  fs.mkdirSync(target, { recursive: true });
  const half = { input: Buffer.from([0, 0, 0, 128]), raw: { width: 1, height: 1, channels: 4 }, tile: true, blend: 'dest-in' };
  const { data, info } = await sharp(mark).ensureAlpha().composite([half]).raw().toBuffer({ resolveWithObject: true });
  const place = ({ width, height }) => way === 'tile'
    ? { tile: true }
    : { left: width - info.width - 16, top: height - info.height - 16 };
  const files = fs.readdirSync(source);
  let next = 0;
  const lane = async () => {
    while (next < files.length) {
      const file = files[next++];
      const image = sharp(path.join(source, file));
      const marked = image.composite([{ input: data, raw: info, ...place(await image.metadata()) }]);
      await (/\.png$/i.test(file) ? marked.png() : marked.jpeg({ quality: 85 })).toFile(path.join(target, file));
    }
  };
  const start = process.hrtime.bigint();
  await Promise.all(Array.from({ length: +lanes }, lane));
  console.log((files.length / (Number(process.hrtime.bigint() - start) / 1e9)).toFixed(1));
})();
