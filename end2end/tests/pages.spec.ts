import { expect, faults, signIn, test } from './portal';

const PUBLIC = ['/', '/courses', '/courses?area=PB&mode=online', '/courses/dangjian-yinling', '/courses/xiangmu-cong-0-dao-1', '/search?q=sqzz', '/login', '/login/code', '/register', '/help', '/privacy', '/looks', '/nowhere'];
const OWN = ['/learn', '/me', '/me/hours', '/me/hours/proof', '/me/password', '/todo'];
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
