// Renders a slide video from its script: node tools/slides/make.mjs tools/slides/san-dao-zha.json
// Slides by Chromium, film by ffmpeg (both from Debian). Silent: to add a voice, put NAME.wav beside the script; it becomes the track.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const script = process.argv[2];
const film = JSON.parse(readFileSync(script, 'utf8'));
const out = join('content/courses', film.course, 'media');
const work = mkdtempSync(join(tmpdir(), 'slides-'));
mkdirSync(out, { recursive: true });
const FPS = 10;
const CHARS_A_SECOND = 4.2;
const REST = 0.9;

/** A slide in the look of the portal: paper, Song heading, one vermilion spot; the bottom is free for captions. */
function html({ head, points, big }, n) {
  const rows = points.map((p, i) => `<li><i>${'一二三四五六'[i]}</i><span>${p}</span></li>`).join('');
  return `<!doctype html><meta charset="utf-8"><style>
  *{margin:0;box-sizing:border-box}body{width:1280px;height:720px;background:#f6f2e9;color:#211c17;font-family:"Noto Sans CJK SC",sans-serif;position:relative;overflow:hidden}
  .rule{position:absolute;left:84px;right:84px;top:60px;border-top:4px solid #211c17}.rule::after{content:"";display:block;margin-top:4px;border-top:1px solid #211c17}
  h1{position:absolute;left:84px;top:92px;font:700 68px/1.3 "Noto Serif CJK SC",serif;letter-spacing:.02em}
  ol{position:absolute;left:84px;top:${points.length > 4 ? 208 : 224}px;list-style:none;padding:0;width:860px}
  li{display:flex;gap:32px;align-items:center;font-size:${big ? 56 : 44}px;line-height:1.35;padding:${points.length > 4 ? 8 : 15}px 0;border-bottom:1px solid #dcd3c2}
  i{font:700 40px/1 "Noto Serif CJK SC",serif;border:2px solid #857b6c;color:#4d453b;padding:8px 10px;border-radius:3px}
  svg{position:absolute;right:84px;top:${214}px}
  </style><div class="rule"></div><h1>${head}</h1><ol>${rows}</ol>
  <svg width="230" height="300" viewBox="0 0 230 300"><g fill="none" stroke="#8a8276" stroke-width="10">
  <path d="M20 290V40h190v250"/><path d="M75 290V${n % 3 === 0 ? 60 : 120}"/><path d="M115 290V${n % 3 === 1 ? 60 : 120}"/><path d="M155 290V${n % 3 === 2 ? 60 : 120}"/></g>
  <path d="M5 40q110-60 220 0z" fill="#4b463f"/><circle cx="${75 + (n % 3) * 40}" cy="${220}" r="17" fill="#b0371b"/></svg>`;
}

const stamp = (t) => `00:${String(Math.floor(t / 60)).padStart(2, '0')}:${(t % 60).toFixed(3).padStart(6, '0')}`;
let at = 0;
let vtt = 'WEBVTT\n';
let list = '';
film.slides.forEach((slide, n) => {
  const page = join(work, `${n}.html`);
  const picture = join(work, `${n}.png`);
  writeFileSync(page, html(slide, n));
  execFileSync('/usr/bin/chromium', ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', `--screenshot=${picture}`, '--window-size=1280,720', `file://${page}`], { stdio: 'ignore' });
  const begun = at;
  for (const sentence of slide.say) {
    if ([...sentence].length > 20) throw new Error(`more than 20 characters: ${sentence}`);
    const length = Math.round(([...sentence].length / CHARS_A_SECOND + REST) * FPS) / FPS;
    vtt += `\n${stamp(at)} --> ${stamp(at + length)}\n${sentence}\n`;
    at += length;
  }
  at += 0.6;
  list += `file '${picture}'\nduration ${(at - begun).toFixed(3)}\n`;
});
list += `file '${join(work, `${film.slides.length - 1}.png`)}'\n`;
writeFileSync(join(work, 'list.txt'), list);
writeFileSync(join(out, `${film.name}.vtt`), vtt);
const voice = script.replace(/\.json$/, '.wav');
const sound = existsSync(voice) ? ['-i', voice] : ['-f', 'lavfi', '-i', 'anullsrc=r=22050:cl=mono'];
const ffmpeg = (...args) => execFileSync('ffmpeg', ['-y', '-loglevel', 'error', ...args]);
ffmpeg('-f', 'concat', '-safe', '0', '-i', join(work, 'list.txt'), ...sound, '-t', String(at), '-r', String(FPS), '-g', String(FPS * 2), '-c:v', 'libx264', '-profile:v', 'main',
  '-pix_fmt', 'yuv420p', '-tune', 'stillimage', '-crf', '26', '-c:a', 'aac', '-b:a', '32k', '-movflags', '+faststart', join(out, `${film.name}.mp4`));
ffmpeg('-i', join(work, '0.png'), '-vf', 'scale=960:-1', '-q:v', '5', join(out, `${film.name}.jpg`));
console.log(`${film.name}: ${at.toFixed(1)} s`, work);
