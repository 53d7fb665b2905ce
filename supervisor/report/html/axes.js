// Steps and labels of axes.

function niceStep(range, most, steps) {
  const wanted = range / most;
  if (steps) return steps.find((step) => step >= wanted) ?? steps[steps.length - 1] * Math.ceil(wanted / steps[steps.length - 1]);
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= wanted * (1 - 1e-9));
}

const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];

function timeTicks(range, most) {
  const step = range < most ? niceStep(range, most) : niceStep(range, most, TIME_STEPS);
  const ticks = [];
  for (let time = 0; time <= range * (1 + 1e-9); time += step) ticks.push([time, time === 0 ? "0" : duration(time)]);
  return ticks;
}

function wholeTicks(top, most) {
  const step = Math.max(1, niceStep(top, most));
  return ticksUpTo(top, step, count);
}

function numberTicks(top, most) {
  return ticksUpTo(top, niceStep(top, most), short);
}

function byteTicks(top, most) {
  return ticksUpTo(top, 2 ** Math.ceil(Math.log2(top / most) - 1e-9), bytes);
}

// The last one is at or above `top`.
function ticksUpTo(top, step, text) {
  const ticks = [];
  for (let i = 0; ; i += 1) {
    ticks.push([i * step, i === 0 ? "0" : text(i * step)]);
    if (i * step >= top * (1 - 1e-9)) return ticks;
  }
}

// For a logarithmic axis from `low` to `high`.
function decadeTicks(low, high, most, text) {
  let ticks = [];
  for (const factors of [[1, 2, 5], [1, 3], [1]]) {
    ticks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
      for (const factor of factors) {
        const value = factor * 10 ** power;
        if (value >= low * 0.999 && value <= high * 1.001) ticks.push(value);
      }
    }
    if (ticks.length <= most) break;
  }
  const step = Math.ceil(ticks.length / most);
  return ticks.filter((_, index) => index % step === 0).map((value) => [value, text(value)]);
}

function binaryTicks(low, high, most) {
  const first = Math.ceil(Math.log2(low) - 0.01);
  const last = Math.floor(Math.log2(high) + 0.01);
  const step = Math.max(1, Math.ceil((last - first + 1) / most));
  const ticks = [];
  for (let power = first; power <= last; power += step) ticks.push([2 ** power, bytes(2 ** power)]);
  return ticks;
}
