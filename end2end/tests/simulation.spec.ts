import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { play, scenario } from './play';
import { expect, faults, signIn, test } from './portal';

const USER = { 'script on': 'xueyuan', 'script off': 'xueyuan2', 'no WebAssembly': 'xueyuan' };

test('a leader plays a simulation, writes the 复盘, and gets the hours', async ({ page }, info) => {
  test.setTimeout(180_000);
  const script = info.project.name === 'script on';
  const points = scenario('S08');
  await signIn(page, USER[info.project.name as keyof typeof USER]);
  await page.goto('/courses/zhangcheng-huanjie-zhili');
  const enrol = page.locator('main').getByRole('button', { name: '报名学这门课' });
  if (await enrol.isVisible()) await enrol.click();
  await page.goto('/simulations');
  await page.getByRole('link', { name: '换届那天' }).click();
  await page.locator('main').getByRole('button', { name: /开始走|接着走|再走一遍/ }).click();
  await page.waitForURL(/\/simulations\/runs\//);
  if (script) await expect(page.locator('html')).toHaveAttribute('data-islands', 'ready');
  await expect(page.getByText('眼下的局面')).toBeVisible();

  // A page lost in the middle resumes where it was.
  const first = (await page.locator('#scene').textContent())!;
  const stored = script ? page.waitForResponse((r) => r.url().includes('/fn/runs/')) : Promise.resolve();
  await page.locator('.choice').first().click();
  await expect(page.locator('#scene').filter({ hasNotText: first })).toBeVisible();
  await stored;
  const second = (await page.locator('#scene').textContent())!;
  await page.reload();
  await expect(page.locator('#scene')).toHaveText(second);
  if (script) await expect(page.locator('html')).toHaveAttribute('data-islands', 'ready');
  await play(page, points, (p) => p);
  const mark = await page.locator('.stat__num').textContent();
  expect(Number(mark!.replace(/\D/g, ''))).toBeGreaterThan(50);

  if (info.project.name !== 'script off') {
    expect(await faults(page)).toEqual([]);
    await page.screenshot({ path: `shots/${info.project.use.viewport!.width}-plain/simulation_after.png`, fullPage: true });
  }

  // Too short an answer comes back with what was typed.
  await page.getByLabel('回去以后，您打算做的一件事').fill('念一遍章程里的人数');
  const areas = page.locator('#debrief ~ form textarea, section textarea');
  await areas.first().fill('短');
  await page.getByRole('button', { name: '写好了，交上去' }).click();
  await expect(page.getByText(/处要改/)).toBeVisible();
  await expect(areas.first()).toHaveValue('短');
  for (let i = 0; i < (await areas.count()); i++) await areas.nth(i).fill('先点人数，再投票，念给大家听，记在纸上。');
  await page.getByRole('button', { name: '写好了，交上去' }).click();
  await expect(page.getByRole('heading', { name: '您的复盘' })).toBeVisible();
  await page.goto('/me/hours');
  await expect(page.getByText('情景模拟：换届那天').first()).toBeVisible();
  await expect(page.getByText('凭情景＋复盘，看证据').first()).toBeVisible();
});

test('a weak run ends otherwise, and a decision can be taken again as practice', async ({ page }, info) => {
  test.setTimeout(180_000);
  const points = scenario('S08');
  await signIn(page, USER[info.project.name as keyof typeof USER]);
  await page.goto('/simulations/S08');
  await page.locator('main').getByRole('button', { name: /开始走|接着走|再走一遍/ }).click();
  await page.waitForURL(/\/simulations\/runs\//);
  if (info.project.name === 'script on') await expect(page.locator('html')).toHaveAttribute('data-islands', 'ready');
  await play(page, points, (p) => -p);
  await expect(page.getByText('这一回没办成。看看卡在哪一步').first()).toBeVisible();
  await page.getByRole('button', { name: '回到这里，换个办法试试' }).first().click();
  await expect(page.getByText('从那一步重新走，不计分')).toBeVisible();
  if (info.project.name === 'script on') await expect(page.locator('html')).toHaveAttribute('data-islands', 'ready');
  await play(page, points, (p) => p);
  await expect(page.getByText('不计分，不计学时')).toBeVisible();
  await page.locator('a[href^="/simulations/code/"]').click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('一遍的记录');
});

test('a class plays on one seed and its trainer sees how', async ({ page, browser, baseURL }, info) => {
  test.skip(info.project.name !== 'script off', 'the pages have no script');
  test.setTimeout(120_000);
  await signIn(page, 'banzhuren');
  await page.goto('/simulations/S01');
  await page.getByRole('link', { name: /开一场班内模拟/ }).click();
  await page.getByRole('button', { name: '开一场班内模拟' }).click();
  const code = (await page.locator('b.code').textContent())!;
  const room = page.url();
  const learner = await browser.newPage({ baseURL, locale: 'zh-CN', javaScriptEnabled: false });
  await signIn(learner, 'xueyuan');
  await learner.goto('/simulations/join');
  await learner.getByLabel('六位数字').fill('000 000');
  await learner.getByRole('button', { name: '进去' }).click();
  await expect(learner.getByText(/处要改/)).toBeVisible();
  await learner.getByLabel('六位数字').fill(code);
  await learner.getByRole('button', { name: '进去' }).click();
  await expect(learner.getByText('班内模拟')).toBeVisible();
  await learner.locator('.choice').first().click();
  await expect(learner.getByText(/^您刚才/)).toBeVisible();
  await learner.close();
  await page.goto(room);
  await page.screenshot({ path: 'shots/360-plain/simulation_room.png', fullPage: true });
  await page.goto(`${room}/screen`);
  await page.screenshot({ path: 'shots/360-plain/simulation_screen.png', fullPage: true });
  await expect(page.getByText('1 人走到这里')).toBeVisible();
  await expect(page.getByText('林予安')).toHaveCount(0);
});

test('the middle way ends in the middle', async ({ page }, info) => {
  test.setTimeout(120_000);
  const points = scenario('S07');
  await signIn(page, USER[info.project.name as keyof typeof USER]);
  await page.goto('/simulations/S07');
  await page.locator('main').getByRole('button', { name: /开始走|接着走|再走一遍/ }).click();
  await page.waitForURL(/\/simulations\/runs\//);
  if (info.project.name === 'script on') await expect(page.locator('html')).toHaveAttribute('data-islands', 'ready');
  await play(page, points, (p) => -Math.abs(p - 1));
  const text = readFileSync(join(__dirname, '../../content/scenarios/S07.yaml'), 'utf8');
  const middle = [...text.matchAll(/kind: mixed[\s\S]*?\n    text: (?:\|-\n\s+)?(.{10})/g)].map((m) => m[1]);
  const shown = await page.locator('main').innerText();
  expect(middle.some((begin) => shown.includes(begin)), `${middle} in the page`).toBe(true);
});

test('three go one run together: one device reports, each writes the own 复盘', async ({ page, browser, baseURL }, info) => {
  test.skip(info.project.name !== 'script off', 'the pages have no script');
  test.setTimeout(120_000);
  await signIn(page, 'xueyuan');
  await page.goto('/simulations/S07');
  await page.getByRole('button', { name: '几个人一起走一遍' }).click();
  const code = (await page.locator('b.code').first().textContent())!;
  const run = page.url();
  const others = [];
  for (const user of ['xueyuan2', 'third']) {
    const other = await browser.newPage({ baseURL, locale: 'zh-CN', javaScriptEnabled: false });
    if (user === 'third') {
      const id = '01900000-0000-7000-8000-0000000003e9';
      const form = { id, name: '第三位', mobile: '13900000003', password: 'hutong-laohuaishu', region: '110101001001', post: 'leader', privacy: '1', privacy_version: '2026-11' };
      await other.request.post('/register', { form, headers: { origin: baseURL! } });
    } else await signIn(other, user);
    await other.goto('/simulations/join');
    await other.getByLabel('六位数字').fill(code);
    await other.getByRole('button', { name: '进去' }).click();
    await expect(other.getByText('小组同走')).toBeVisible();
    expect(other.url()).toBe(run);
    await expect(other.locator('.choice').first()).toBeDisabled();
    others.push(other);
  }
  await page.reload();
  await expect(page.getByText('第三位')).toBeVisible();
  await play(page, scenario('S07'), (points) => points);
  for (const one of [page, ...others]) {
    await one.goto(run);
    for (const area of await one.locator('textarea').all()) await area.fill('商量着走的，最难的是谁先开口说话。');
    await one.locator('input[name=pledge]').fill('回去把名单先写好');
    await one.getByRole('button', { name: '写好了，交上去' }).click();
    await expect(one.getByRole('heading', { name: '您的复盘' })).toBeVisible();
  }
  for (const other of others) await other.close();
});
