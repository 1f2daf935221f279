import type { Page } from '@playwright/test';
import { play, scenario } from './play';
import { expect, faults, signIn, signOut, test } from './portal';

const PUBLIC = ['/', '/courses', '/courses?area=PB&mode=online', '/courses/dangjian-yinling', '/courses/xiangmu-cong-0-dao-1', '/search?q=sqzz', '/login', '/login/code', '/register', '/help', '/privacy', '/looks', '/simulations', '/simulations/S01', '/policies', '/policies/P01', '/cases', '/cases/K01', '/templates', '/templates/T01', '/templates/T09', '/exam', '/exam/intermediate-practice-a', `/exam/practice?node=${encodeURIComponent('实务·儿童社会工作')}`, '/courses/dangjian-yinling/guan-xi-tu', '/courses/dangan-geren-xinxi/zhenggai-qingdan', '/courses/dangan-geren-xinxi/san-dao-zha-shipin', '/setup/gone', '/nowhere'];
const OWN = ['/learn', '/me', '/me/hours', '/me/hours/proof', '/me/password', '/me/privacy', '/todo', '/simulations/join'];
/** What each role works with; the people and classes are those of the sample data. */
const WORK = {
  jiangshi: ['/teach', '/teach/scenarios', '/teach/simulations/S08', '/simulations/S01/cards', '/teach/courses/C01', '/teach/courses/C07', '/todo'],
  banzhuren: ['/teach/courses/C01', '/teach/courses/C01?quiet=1', '/todo'],
  shequ: ['/todo', '/monitor'],
  shi: ['/monitor?name=gsy', '/monitor/110000000000', 'TRAINER'],
  jiedao: ['/monitor', '/monitor/110101001000', '/monitor/110101001000/names?of=enrolled', '/monitor/organisations', '/monitor/imports', '/monitor?state=waiting', '/monitor/enrolments', '/monitor/office', '/monitor/register', 'PERSON', 'PERSON/home', '/todo'],
  admin: ['/monitor', '/admin/audit'],
};
const LOOKS = { plain: 'auto.plain.m', dark: 'dark.plain.m', elder: 'auto.elder.m', 'elder-xl': 'auto.elder.xl' };

for (const [name, looks] of Object.entries(LOOKS)) {
  test(`every page is sound in ${name}`, async ({ page, context, baseURL }, info) => {
    test.skip(info.project.name === 'script off', 'axe needs script');
    test.setTimeout(180_000);
    await context.addCookies([{ name: 'looks', value: looks, url: baseURL! }]);
    const found: string[] = [];
    const shots = `shots/${info.project.use.viewport!.width}-${name}`;
    for (const path of PUBLIC) {
      await page.goto(path);
      found.push(...(await faults(page)));
      await page.screenshot({ path: `${shots}/${path.replace(/[^a-z0-9]+/gi, '_') || 'home'}.png`, fullPage: true });
    }
    await signIn(page, 'xueyuan2');
    const [theme, mode, text] = looks.split('.');
    await page.goto('/looks');
    if (mode === 'elder') await page.getByRole('button', { name: { m: '大', l: '更大', xl: '最大' }[text], exact: true }).click();
    else await page.getByRole('button', { name: '标准版', exact: true }).last().click();
    await page.getByRole('button', { name: { auto: '跟随手机', dark: '深色', light: '浅色' }[theme], exact: true }).click();
    for (const path of OWN) {
      await page.goto(path);
      found.push(...(await faults(page)));
      await page.screenshot({ path: `${shots}/me${path.replace(/[^a-z0-9]+/gi, '_')}.png`, fullPage: true });
    }
    const look = async (name: string) => {
      found.push(...(await faults(page)));
      await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
    };
    // A lesson, its paper and its result, as a learner meets them.
    await page.goto('/courses/dangan-geren-xinxi');
    // The first walk of a worker enrols; the later ones find the way on.
    await page.locator('main').getByRole('button', { name: /报名/ }).or(page.locator('main').getByRole('link', { name: /开始学|接着学|再看一遍/ })).first().click();
    await page.waitForURL(/\/learn\//);
    const learn = async (path: string) => {
      await page.goto(path);
      found.push(...(await faults(page)));
      await page.screenshot({ path: `${shots}/learn_${path.split('/').slice(3).join('_').replace(/[0-9a-f-]{36}/g, '') || 'class'}.png`, fullPage: true });
    };
    const home = new URL(page.url()).pathname;
    await learn(home);
    const lessons = await page.locator(`a[href^="${home}/"]`).evaluateAll((links) => [...new Set(links.map((a) => a.getAttribute('href')!))]);
    for (const lesson of lessons.slice(0, 7)) await learn(lesson);
    // The paper of a lesson, and what comes back.
    await page.goto(lessons[0]);
    const begin = page.locator('main').getByRole('button', { name: '开始学这一课' });
    if (await begin.isVisible()) await begin.click();
    await page.locator('main').getByRole('button', { name: /做课后测验|再做一次/ }).click();
    await page.waitForURL(/\/quiz\//);
    await look('quiz');
    await page.locator('main').getByRole('button', { name: '交卷' }).click();
    await expect(page.locator('.quiz__score')).toBeVisible();
    await look('quiz_result');
    // A simulation on the way.
    await page.goto('/simulations/S01');
    await page.locator('main').getByRole('button', { name: /开始走|接着走|再走一遍/ }).click();
    await page.waitForURL(/\/runs\//);
    found.push(...(await faults(page)));
    await page.screenshot({ path: `${shots}/simulation_run.png`, fullPage: true });
    await play(page, scenario('S01'), (points) => points);
    await look('simulation_end');
    await signOut(page);
    // A couple shares a number, and sign-in asks who it is.
    const couple = { mobile: '13900000001', password: 'hutong-laohuaishu' };
    for (const name of ['同号甲', '同号乙']) {
      const form = { id: id(), name, ...couple, region: '110101001001', post: 'leader', privacy: '1', privacy_version: '2026-11' };
      await page.request.post('/register', { form, headers: { origin: baseURL! } });
      await signOut(page);
    }
    await page.goto('/login');
    await page.getByLabel('手机号或用户名').fill(couple.mobile);
    await page.getByLabel('密码').fill(couple.password);
    await page.locator('main').getByRole('button', { name: '登录' }).click();
    await expect(page.getByRole('heading', { name: '您是哪一位' })).toBeVisible();
    await look('login_choose');
    for (const [user, paths] of Object.entries(WORK)) {
      await signIn(page, user);
      const set = await page.request.post('/prefs', { form: { mode, theme, ...(mode === 'elder' ? { text } : {}), next: '/me' }, headers: { origin: baseURL! } });
      expect(set.status()).toBeLessThan(400);
      let person = '';
      if (paths.some((p) => p.startsWith('PERSON'))) {
        await page.goto('/monitor?name=%E6%9E%97%E4%BA%88%E5%AE%89');
        person = (await page.locator('tbody th a').first().getAttribute('href'))!;
      }
      for (let path of paths.map((p) => p.replace('PERSON', person))) {
        if (path === 'TRAINER') path = (await page.locator('tbody th a').first().getAttribute('href'))!;
        await page.goto(path);
        await look(`${user}${path.replace(/[0-9a-f-]{36}/, 'person').replace(/[^a-z0-9]+/gi, '_')}`);
      }
      if (user === 'jiedao') {
        await page.goto(person);
        await page.getByRole('button', { name: '打印学员卡' }).click();
        await expect(page.getByLabel('学员卡二维码')).toBeVisible();
        await look('card_print');
      }
      if (user === 'jiangshi') {
        await page.goto('/teach/simulations/S08');
        await page.locator('main').getByRole('button', { name: /开一场/ }).click();
        await page.waitForURL(/\/teach\/rooms\//);
        await look('room');
        await page.goto(`${new URL(page.url()).pathname}/screen`);
        await look('room_screen');
      }
      await signOut(page);
    }
    expect(found).toEqual([]);
  });
}

/** A UUIDv7-like id for a form. */
function id(): string {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** Walks the page with Tab: what can be used but is never reached, and what is reached without a visible ring. */
async function unreached(page: Page): Promise<string[]> {
  await page.evaluate(() => {
    // What a closed drawer holds is reached once it is opened.
    const shown = (e: Element) => (e as HTMLElement).checkVisibility({ visibilityProperty: true });
    const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, video[controls]')].filter((e) => shown(e) && !(e as HTMLButtonElement).disabled);
    // Of a group of radio buttons one takes the focus; the arrows move on.
    const groups = new Set<string>();
    for (const e of all) {
      const radio = e as HTMLInputElement;
      if (radio.type === 'radio' && groups.has(radio.name)) continue;
      if (radio.type === 'radio') groups.add(radio.name);
      e.setAttribute('data-wanted', '');
    }
    (document.activeElement as HTMLElement | null)?.blur();
  });
  const wanted = await page.locator('[data-wanted]').count();
  for (let i = 0; i < wanted + 12; i++) {
    await page.keyboard.press('Tab');
    await page.evaluate(() => {
      const e = document.activeElement!;
      const radio = e as HTMLInputElement;
      const of = radio.type === 'radio' ? document.querySelector(`[data-wanted][name="${radio.name}"]`) : e;
      const face = e.nextElementSibling ?? e;
      const ring = [e, face].some((x) => { const s = getComputedStyle(x); return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none'; });
      of?.removeAttribute('data-wanted');
      if (!ring && e !== document.body && e.localName !== 'video') e.setAttribute('data-ringless', '');
    });
  }
  const names = (list: Element[]) => list.map((e) => `${e.localName} “${(e.textContent ?? '').trim().slice(0, 20)}” ${(e as HTMLInputElement).name ?? ''}`);
  const left = await page.locator('[data-wanted]').evaluateAll(names);
  const bare = await page.locator('[data-ringless]').evaluateAll(names);
  return [...left.map((e) => `${page.url()}: not reached ${e}`), ...bare.map((e) => `${page.url()}: no ring on ${e}`)];
}

test('every control is reached by keyboard and shows that it is', async ({ page }, info) => {
  test.skip(info.project.name === 'script off', 'the walk is made by script');
  test.setTimeout(180_000);
  const found: string[] = [];
  const walk = async (path: string) => {
    await page.goto(path);
    found.push(...(await unreached(page)));
  };
  for (const path of ['/', '/courses', '/courses/dangjian-yinling', '/register', '/login', '/policies?level=%E5%9B%BD%E5%AE%B6', '/templates/T09', `/exam/practice?node=${encodeURIComponent('实务·儿童社会工作')}`, '/simulations/S01']) await walk(path);
  await signIn(page, 'xueyuan2');
  for (const path of ['/learn', '/me', '/me/hours']) await walk(path);
  await page.goto('/simulations/S02');
  await page.locator('main').getByRole('button', { name: /开始走|接着走/ }).click();
  await page.waitForURL(/\/runs\//);
  found.push(...(await unreached(page)));
  await signOut(page);
  await signIn(page, 'jiedao');
  for (const path of ['/monitor', '/monitor/enrolments', '/todo']) await walk(path);
  expect(found).toEqual([]);
});

test('answers carry the headers that keep strangers out', async ({ request }) => {
  const page = await request.get('/courses');
  expect(page.headers()['content-security-policy']).toContain("default-src 'self'");
  expect(await page.text()).not.toMatch(/<script(?![^>]*src=)|style="|on(click|load)=/);
  const cross = await request.post('/login', { form: { login: 'xueyuan', password: 'x' }, headers: { origin: 'https://evil.example' } });
  expect(cross.status()).toBe(403);
  const broken = await request.post('/api/v1/sessions', { data: '{', headers: { 'content-type': 'application/json' } });
  expect([broken.status(), broken.headers()['content-type']]).toEqual([422, 'application/problem+json']);
});
