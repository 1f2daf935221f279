import { test as base, expect, type Page } from '@playwright/test';
import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '../..');
export const PASSWORD = 'hutong-laohuaishu';

/** The curriculum with one more course: C90, a lesson with a 20-second clip, so that a whole video can be watched. */
function content(folder: string): string {
  const to = join(folder, 'content');
  cpSync(join(root, 'content'), to, { recursive: true });
  const course = join(to, 'courses/C90');
  mkdirSync(join(course, 'media'), { recursive: true });
  for (const name of ['clip20.mp4', 'clip20.vtt']) cpSync(join(root, 'end2end/fixtures', name), join(course, 'media', name));
  const head = (lines: string[]) => `---\n${lines.join('\n')}\n---\n`;
  writeFileSync(
    join(course, 'course.md'),
    head(['code: C90', 'slug: ceshi-shipin', 'title: 测试：一段短片', 'summary: 只在测试里出现的课。', 'area: CP', 'level: basic', 'audience: 测试',
      'hours: { in_person: 0, online: 0, field: 0, simulation: 0 }', 'status: open', 'edition: 1', 'outcomes: [会看]', 'outline: []', 'sources: [《某办法》]']) + '测试。\n',
  );
  writeFileSync(
    join(course, '01-clip.md'),
    head(['key: clip', 'title: 二十秒', 'kind: video', 'summary: 一段短片。', 'outcomes: [1]', 'video: media/clip20.mp4', 'captions: media/clip20.vtt', 'seconds: 20', 'sources: [《某办法》]']) + '## 文字稿\n\n短片的文字稿。\n',
  );
  // Its lesson is shorter than any real one may be.
  writeFileSync(join(to, 'rules/content.yaml'), '- version: 测试\n  from: 2026-01-01\n  lesson_characters: 1\n  lesson_questions: 10\n');
  const bank = readFileSync(join(to, 'courses/C01/01-zhu-xin-gu.quiz.txt'), 'utf8').replace(/目标：\d/g, '目标：1');
  writeFileSync(join(course, '01-clip.quiz.txt'), bank);
  return to;
}

/** The right answers of every bank, by the text of the question. */
export function answers(): Map<string, { kind: string; right: string[] }> {
  const out = new Map<string, { kind: string; right: string[] }>();
  const walk = (folder: string) => {
    for (const entry of require('node:fs').readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (path.endsWith('.quiz.txt')) {
        for (const part of readFileSync(path, 'utf8').split(/^## /m).slice(1)) {
          const lines = part.split('\n').map((l) => l.trim());
          const kind = lines[0].split(/\s+/)[1];
          const first = lines.findIndex((l) => /^[-*]\s*[a-z][)）]|^答案：|^解析：/.test(l));
          const stem = lines.slice(1, first).filter(Boolean).join('\n');
          const options = lines.map((l) => l.match(/^([-*])\s*[a-z][)）]\s*(.*)$/)).filter((m): m is RegExpMatchArray => !!m);
          const answer = lines.find((l) => l.startsWith('答案：'))?.slice(3).split('|')[0].trim() ?? '';
          const right = kind === '判断' || kind === '填空' ? [answer] : kind === '排序' ? options.map((m) => m[2].trim()) : options.filter((m) => m[1] === '*').map((m) => m[2].trim());
          out.set(stem.replace(/\s+/g, ''), { kind, right });
        }
      }
    }
  };
  walk(join(root, 'content/courses'));
  return out;
}

/** A portal of its own for every worker, with known users and a clock that can be moved. */
export const test = base.extend<{ quiet: void }, { portal: { url: string; shift(ms: number): Promise<void> } }>({
  portal: [
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'yucai-e2e-'));
      const program = process.env.YUCAI_TESTBED ?? join(process.env.HOME ?? '', '.cache/yucai/target/ci/testbed');
      const child: ChildProcess = spawn(program, [join(folder, 'data'), content(folder), join(root, 'dist')], { stdio: ['ignore', 'pipe', 'inherit'] });
      const url = await new Promise<string>((done, fail) => {
        child.stdout!.on('data', (text) => done(String(text).split('\n')[0]));
        child.on('exit', (code) => fail(new Error(`testbed ended with ${code}`)));
      });
      await use({ url, shift: async (ms) => void (await fetch(`${url}/testbed/shift/${ms}`, { method: 'POST' })) });
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ portal }, use) => use(portal.url),
  // Any message on the console fails the test, but for the browser's own line about an answer that is meant to be 403, 404 or 422.
  quiet: [
    async ({ page }, use, info) => {
      const said: string[] = [];
      page.on('console', (m) => ['error', 'warning'].includes(m.type()) && said.push(m.text()));
      page.on('pageerror', (e) => said.push(String(e)));
      if (info.project.name === 'no WebAssembly') await page.addInitScript(() => { delete (globalThis as { WebAssembly?: unknown }).WebAssembly; });
      await use();
      expect(said.filter((text) => !/status of 4(22|04|03)/.test(text))).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

export async function signIn(page: Page, user: string) {
  await page.goto('/login');
  await page.getByLabel('手机号或用户名').fill(user);
  await page.getByLabel('密码').fill(PASSWORD);
  await page.locator('main').getByRole('button', { name: '登录' }).click();
}

export async function signOut(page: Page) {
  await page.context().clearCookies({ name: /yucai/ });
}

/** Answers the paper on the page, rightly. */
export async function answerRightly(page: Page) {
  const known = answers();
  const questions = page.locator('form.quiz fieldset');
  for (let i = 0; i < (await questions.count()); i++) {
    const question = questions.nth(i);
    const stem = await question.locator('.quiz__ask').evaluate((node) => [...node.childNodes].filter((n) => n.nodeType === 3).map((n) => n.textContent).join(''));
    const answer = known.get(stem.replace(/\s+/g, ''));
    if (!answer) throw new Error(`no answer for “${stem}”`);
    if (answer.kind === '填空') await question.locator('input').fill(answer.right[0]);
    else if (answer.kind === '排序') {
      for (const [at, text] of answer.right.entries()) await question.getByLabel(`“${text}”排第几`, { exact: true }).selectOption(String(at + 1));
    } else for (const text of answer.right) await question.locator('label.pick', { has: page.getByText(text, { exact: true }) }).click();
  }
}

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** What is wrong with the page: what axe finds, and sideways scrolling. */
export async function faults(page: Page): Promise<string[]> {
  // Evaluated, not added as a script: our Content-Security-Policy lets no stranger's script in.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const tool = (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { target: string[] }[] }[] }> } }).axe;
    const out = (await tool.run()).violations.map((v) => `${location.pathname} ${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 4).join('; ')}`);
    const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (over > 0) out.push(`${location.pathname} scrolls sideways by ${over}px`);
    return out;
  });
}
