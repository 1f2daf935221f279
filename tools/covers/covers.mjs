// Draws content/covers/C01.svg … C16.svg: one picture a course, always the same, from its number alone.
// node tools/covers/covers.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const out = join(dirname(fileURLToPath(import.meta.url)), '../../content/covers');
const LIGHT = { g: '#e6dfd0', a: '#bfb6a6', b: '#8a8276', c: '#4b463f', d: '#f3eee3', z: '#b0371b' };
const W = 320, H = 180;

const rect = (k, x, y, w, h) => `<rect class="cover__${k}" fill="${LIGHT[k]}" x="${x}" y="${y}" width="${w}" height="${h}"/>`;
const disc = (k, x, y, r) => `<circle class="cover__${k}" fill="${LIGHT[k]}" cx="${x}" cy="${y}" r="${r}"/>`;
const area = (k, d) => `<path class="cover__${k}" fill="${LIGHT[k]}" d="${d}"/>`;
const line = (k, d, w = '') => `<path class="cover__l${k}${w && ` cover__w${w}`}" fill="none" stroke="${LIGHT[k]}" stroke-width="${w || 2}" d="${d}"/>`;

/** A small seeded generator of whole numbers. */
function dice(seed) {
  let s = (seed * 2654435761) >>> 0;
  return (n) => {
    s = (Math.imul(s ^ (s >>> 15), 2246822519) + 3266489917) >>> 0;
    return s % n;
  };
}

const motifs = {
  // 瓦: eaves seen from below, rows of round tiles; one tile is red.
  tiles(roll) {
    const n = 7 + roll(4), step = W / n, eave = 92 + roll(18), red = 1 + roll(n - 2);
    let s = area('b', `M0 0H${W}V${eave - 34}H0Z`);
    for (let i = 0; i < n; i++) s += rect(i % 2 ? 'a' : 'c', Math.round(i * step), 0, Math.round(step / 2), eave - 24);
    s += rect('c', 0, eave - 30, W, 10);
    for (let i = 0; i < n; i++) s += disc(i === red ? 'z' : 'a', Math.round(i * step + step / 2), eave, Math.round(step * 0.36));
    return s + rect('d', 0, eave + 26, W, H - eave - 26) + rect('a', 0, eave + 26, W, 3);
  },
  // 砖: a bonded wall with a window.
  bricks(roll) {
    const h = 18 + roll(3) * 2, w = 46 + roll(3) * 6, x = 96 + roll(90), y = 88 + roll(12), kind = roll(3);
    let d = '';
    for (let r = 0; r * h < H; r++) {
      d += `M0 ${r * h}H${W}`;
      for (let c = (r % 2) * (w / 2); c < W; c += w) d += `M${c} ${r * h}V${Math.min(H, (r + 1) * h)}`;
    }
    const frame = [disc('d', x, y, 50) + disc('c', x, y, 42), area('d', `M${x - 22} ${y - 52}h44l30 30v44l-30 30h-44l-30 -30v-44Z`) + area('c', `M${x - 18} ${y - 42}h36l25 25v34l-25 25h-36l-25 -25v-34Z`),
      area('d', `M${x - 62} ${y + 34}Q${x} ${y - 84} ${x + 62} ${y + 34}Z`) + area('c', `M${x - 48} ${y + 26}Q${x} ${y - 62} ${x + 48} ${y + 26}Z`)][kind];
    return line('a', d) + frame + disc('z', x + 14, y - 2, 10);
  },
  // 棂: a lattice of nested steps; one pane is red.
  lattice(roll) {
    const n = 3 + roll(2), w = Math.floor((W - 24) / n), red = roll(n);
    let s = rect('c', 6, 14, W - 12, H - 28);
    for (let i = 0; i < n; i++) {
      const x = 12 + i * w, inner = w - 8;
      s += rect('d', x + 4, 22, inner, H - 44);
      let d = '';
      for (let k = 1; k <= 3; k++) {
        const q = k * (9 + roll(3));
        d += `M${x + 4 + q} 22V${H - 22 - q}H${x + 4 + inner}M${x + 4} ${22 + q}H${x + 4 + inner - q}V${H - 22}`;
      }
      s += line('b', d, '4') + (i === red ? rect('z', x + 4 + Math.floor(inner / 2) - 9, 80, 18, 18) : '');
    }
    return s;
  },
  // 檐: three ridges one behind the other, a red sun.
  ridges(roll) {
    const sun = 60 + roll(200);
    let s = disc('z', sun, 46, 18);
    [['a', 74], ['b', 108], ['c', 146]].forEach(([k, y], i) => {
      const shift = roll(80) - 40, span = 150 + i * 30;
      for (let x = shift - span; x < W + span; x += span)
        s += area(k, `M${x} ${y + 22}q${span * 0.22} -2 ${span * 0.35} -32h${span * 0.3}q${span * 0.12} 30 ${span * 0.35} 32v${H}H${x}Z`);
    });
    return s;
  },
  // 门: a studded gate; its ring is red.
  gate(roll) {
    const gap = 20 + roll(4), left = roll(2) === 0, x = left ? 104 : 216;
    let s = rect('b', 0, 0, W, H) + rect('c', 26, 0, W - 52, H) + rect('b', 158, 0, 4, H);
    for (let r = 0; r < 5; r++) for (let c = 0; c < 5; c++) for (const base of [46, 178]) s += disc('a', base + c * gap, 26 + r * 31, 5);
    return s + disc('c', x, 96, 24) + disc('d', x, 96, 17) + disc('z', x, 96, 10);
  },
  // 巷: courtyards from above along lanes.
  lanes(roll) {
    let s = rect('d', 0, 0, W, H), red = roll(9), i = 0;
    for (let y = 8; y < H - 30; y += 58) {
      for (let x = 8; x < W - 40; ) {
        const w = Math.min(W - 8 - x, 54 + roll(56)), k = ['a', 'b', 'c'][roll(3)];
        s += rect(k, x, y, w, 48) + rect('g', x + 13, y + 13, Math.max(8, w - 26), 22);
        if (i++ === red) s += disc('z', x + Math.floor(w / 2), y + 24, 8);
        x += w + 9;
      }
    }
    if (i <= red) s += disc('z', 160, 90, 8);
    return s;
  },
};

mkdirSync(out, { recursive: true });
const order = ['ridges', 'lanes', 'bricks', 'gate', 'tiles', 'lattice'];
for (let n = 1; n <= 16; n++) {
  const body = motifs[order[(n - 1) % 6]](dice(n * 97 + 11));
  if ((body.match(/cover__z/g) ?? []).length !== 1) throw new Error(`C${n} has not exactly one spot of red`);
  const svg = `<svg class="cover" viewBox="0 0 ${W} ${H}" preserveAspectRatio="xMidYMid slice" aria-hidden="true" focusable="false">${rect('g', 0, 0, W, H)}${body}</svg>\n`;
  writeFileSync(join(out, `C${String(n).padStart(2, '0')}.svg`), svg);
}
