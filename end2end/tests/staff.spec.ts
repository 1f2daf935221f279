import { expect, signIn, test } from './portal';

test('an officer confirms a learner, helps them in, and takes the list away', async ({ page }, info) => {
  const who = `赵${{ 'script on': '清', 'script off': '明', 'no WebAssembly': '远' }[info.project.name]}`;
  await signIn(page, 'jiedao');
  await page.goto('/monitor');
  await page.getByRole('link', { name: '登记学员' }).click();
  await page.getByLabel('姓名').fill(who);
  await page.getByLabel('您所在的社区或村').fill('多福巷');
  await page.getByRole('button', { name: '查找' }).click();
  await page.getByRole('button', { name: /多福巷社区/ }).click();
  await page.getByText('骨干', { exact: true }).click();
  await page.getByRole('button', { name: '登记这位学员' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(who);
  await page.getByText('替本人报一门课').click();
  await page.getByLabel('课程', { exact: true }).selectOption({ label: '党建引领下的社区社会组织' });
  await page.getByRole('button', { name: '替本人报名' }).click();
  await expect(page.getByRole('row', { name: /党建引领/ })).toContainText('0 / 5 课');
  await page.getByRole('button', { name: '给一个登录码' }).click();
  await expect(page.locator('.code')).toHaveText(/^\d{3} \d{3}$/);
  await page.getByRole('button', { name: '打印学员卡' }).click();
  await expect(page.getByRole('img', { name: '学员卡二维码' })).toBeVisible();

  await page.goto('/monitor');
  await page.getByLabel('姓名或拼音首字母').fill(who);
  await page.getByRole('button', { name: '找人' }).click();
  await expect(page.locator('tbody tr')).toHaveCount(1);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: /导出这份名单/ }).click();
  const file = await (await download).path();
  const bytes = require('node:fs').readFileSync(file);
  expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  expect(bytes.toString('utf8')).toContain(who);

  // Nobody else's district, and no function of another role.
  await page.goto('/monitor?region=110105000000');
  await expect(page.getByText('没有符合条件的人')).toBeVisible();
  expect((await page.goto('/admin/audit'))!.status()).toBe(403);
  expect((await page.goto('/teach'))!.status()).toBe(403);
});

test('a trainer sees who learns and what draws them wrong', async ({ page }) => {
  await signIn(page, 'jiangshi');
  await page.goto('/teach');
  await page.getByRole('link', { name: /C01/ }).click();
  await expect(page.getByRole('heading', { name: '每题答得怎样' })).toBeVisible();
  expect((await page.goto('/monitor'))!.status()).toBe(403);
});
