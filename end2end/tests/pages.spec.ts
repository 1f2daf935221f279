import { expect, faults, signIn, signOut, test } from './portal';

const PUBLIC = ['/', '/courses', '/courses?area=PB&mode=online', '/courses/dangjian-yinling', '/courses/xiangmu-cong-0-dao-1', '/search?q=sqzz', '/login', '/login/code', '/register', '/help', '/privacy', '/looks', '/simulations', '/simulations/S01', '/nowhere'];
const OWN = ['/learn', '/me', '/me/hours', '/me/hours/proof', '/me/password', '/todo', '/simulations/join'];
/** What each role works with; the people and classes are those of the sample data. */
const WORK = {
  jiangshi: ['/teach', '/teach/simulations/S08', '/simulations/S01/cards', '/teach/courses/C01', '/teach/courses/C07', '/todo'],
  banzhuren: ['/teach/courses/C01'],
  jiedao: ['/monitor', '/monitor?state=waiting', '/monitor/enrolments', '/monitor/office', '/monitor/register', 'PERSON', 'PERSON/home', '/todo'],
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
    // A simulation on the way.
    await page.goto('/simulations/S01');
    await page.locator('main').getByRole('button', { name: /开始走|接着走/ }).click();
    await page.waitForURL(/\/runs\//);
    found.push(...(await faults(page)));
    await page.screenshot({ path: `${shots}/simulation_run.png`, fullPage: true });
    await signOut(page);
    for (const [user, paths] of Object.entries(WORK)) {
      await signIn(page, user);
      const set = await page.request.post('/prefs', { form: { mode, theme, ...(mode === 'elder' ? { text } : {}), next: '/me' }, headers: { origin: baseURL! } });
      expect(set.status()).toBeLessThan(400);
      let person = '';
      if (paths.some((p) => p.startsWith('PERSON'))) {
        await page.goto('/monitor?name=%E6%9E%97%E4%BA%88%E5%AE%89');
        person = (await page.locator('tbody th a').first().getAttribute('href'))!;
      }
      for (const path of paths.map((p) => p.replace('PERSON', person))) {
        await page.goto(path);
        found.push(...(await faults(page)));
        await page.screenshot({ path: `${shots}/${user}${path.replace(/[0-9a-f-]{36}/, 'person').replace(/[^a-z0-9]+/gi, '_')}.png`, fullPage: true });
      }
      await signOut(page);
    }
    expect(found).toEqual([]);
  });
}

test('answers carry the headers that keep strangers out', async ({ request }) => {
  const page = await request.get('/courses');
  expect(page.headers()['content-security-policy']).toContain("default-src 'self'");
  expect(await page.text()).not.toMatch(/<script(?![^>]*src=)|style="|on(click|load)=/);
  const cross = await request.post('/login', { form: { login: 'xueyuan', password: 'x' }, headers: { origin: 'https://evil.example' } });
  expect(cross.status()).toBe(403);
  const broken = await request.post('/api/v1/sessions', { data: '{', headers: { 'content-type': 'application/json' } });
  expect([broken.status(), broken.headers()['content-type']]).toEqual([422, 'application/problem+json']);
});
