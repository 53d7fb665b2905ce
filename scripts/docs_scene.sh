#!/usr/bin/env bash
# Draws the landscape of the documentation's pictures: a lake among hills, 1320x860, of which the outermost 60
# pixels left and right, and those below 800, are to be cut off. scripts/docs_scene.sh >SVG
set -euo pipefail

# A range of hills as the data of an SVG path: number, height of the foot, size, roughness. All is drawn wider
# than the picture, so that the blur of the water finds something beyond its edges.
ridge() {
  awk -v seed="$1" -v foot="$2" -v size="$3" -v rough="$4" 'BEGIN {
    srand(seed)
    for (wave = 1; wave <= 9; ++wave) phase[wave] = rand() * 6.283
    left = -60
    path = "M" left ",560"
    for (x = left; x <= 1260; x += 3) {
      y = foot
      part = size
      for (wave = 1; wave <= 9; ++wave) {
        bend = sin((x - left) / 390 * exp(wave * 0.62) + phase[wave])
        y -= part * (1 - 2 * (bend < 0 ? -bend : bend))
        part *= rough
      }
      path = path sprintf(" L%d,%.1f", x, y)
    }
    print path " L1260,560Z"
  }'
}

cat <<SVG
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="1320" height="860"
     viewBox="-60 0 1320 860">
  <defs>
    <linearGradient id="sky" x2="0" y2="1">
      <stop offset="0" stop-color="#27406f"/><stop offset=".45" stop-color="#8a7fa8"/>
      <stop offset=".75" stop-color="#f0a987"/><stop offset="1" stop-color="#ffd9a0"/>
    </linearGradient>
    <radialGradient id="sun">
      <stop offset="0" stop-color="#fff6dc"/><stop offset=".13" stop-color="#fff0c8"/>
      <stop offset=".15" stop-color="#ffe6b0" stop-opacity=".55"/>
      <stop offset=".4" stop-color="#ffc890" stop-opacity=".2"/>
      <stop offset=".7" stop-color="#ffb888" stop-opacity=".05"/>
      <stop offset="1" stop-color="#ffb080" stop-opacity="0"/>
    </radialGradient>
    <linearGradient id="far" x2="0" y2="1"><stop stop-color="#a88fa8"/><stop offset="1" stop-color="#eab394"/></linearGradient>
    <linearGradient id="high" x2="0" y2="1"><stop stop-color="#7a6f93"/><stop offset="1" stop-color="#d79d8a"/></linearGradient>
    <linearGradient id="mid" x2="0" y2="1"><stop stop-color="#4d5479"/><stop offset="1" stop-color="#a77f80"/></linearGradient>
    <linearGradient id="low" x2="0" y2="1"><stop stop-color="#2a3755"/><stop offset="1" stop-color="#5d5a6e"/></linearGradient>
    <linearGradient id="near" x2="0" y2="1"><stop stop-color="#121d2f"/><stop offset="1" stop-color="#1d2a3c"/></linearGradient>
    <linearGradient id="depth" x2="0" y2="1">
      <stop stop-color="#20365a" stop-opacity=".15"/><stop offset="1" stop-color="#0b1626" stop-opacity=".85"/>
    </linearGradient>
    <filter id="calm"><feGaussianBlur stdDeviation="5 2"/></filter>
    <clipPath id="air"><rect x="-60" width="1320" height="560"/></clipPath>
    <clipPath id="lake"><rect x="-60" y="560" width="1320" height="300"/></clipPath>
    <g id="land" clip-path="url(#air)">
      <rect x="-60" width="1320" height="560" fill="url(#sky)"/>
      <circle cx="370" cy="330" r="330" fill="url(#sun)"/>
      <path fill="url(#far)" d="$(ridge 31 420 62 0.52)"/>
      <path fill="url(#high)" d="$(ridge 12 470 70 0.50)"/>
      <path fill="url(#mid)" d="$(ridge 47 505 62 0.52)"/>
      <path fill="url(#low)" d="$(ridge 25 535 44 0.54)"/>
      <path fill="url(#near)" d="$(ridge 58 562 26 0.62)"/>
    </g>
  </defs>
  <use xlink:href="#land"/>
  <g clip-path="url(#lake)">
    <g filter="url(#calm)"><use xlink:href="#land" transform="translate(0,1120) scale(1,-1)"/></g>
  </g>
  <rect x="-60" y="560" width="1320" height="300" fill="url(#depth)"/>
</svg>
SVG
