import { expect, signIn, test } from './portal';

test('an officer confirms a learner, helps them in, and takes the list away', async ({ page }, info) => {
  const who = `赵${{ 'script on': '清', 'script off': '明', 'no WebAssembly': '远' }[info.project.name]}`;
  await signIn(page, 'jiedao');
  await page.goto('/monitor');
  await page.getByRole('link', { name: '登记学员' }).click();
  await page.getByLabel('姓名').fill(who);
  await page.getByLabel('所在的社区或村').fill('多福巷');
  await page.getByRole('button', { name: '查找' }).click();
  await page.getByRole('button', { name: /多福巷社区/ }).click();
  await page.getByText('骨干', { exact: true }).click();
  await page.getByRole('button', { name: '登记这位学员' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(who);
  await page.getByText('替本人报一门课').click();
  await page.getByLabel('课程', { exact: true }).selectOption({ label: '党建引领下的社区社会组织' });
  await page.getByRole('button', { name: '替本人报名' }).click();
  await expect(page.getByRole('row', { name: /党建引领/ })).toContainText('0 / 6 课');
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

  // The same enrolment is in the figures of the scope, and in the file.
  await page.goto('/monitor/enrolments');
  await expect(page.getByRole('row', { name: new RegExp(who) })).toContainText('党建引领');
  await page.getByLabel('状态').selectOption({ label: '已退出' });
  await page.getByRole('button', { name: '按条件看' }).click();
  await expect(page.getByText('没有符合条件的报名')).toBeVisible();

  // Whoever was put down wrongly is put right.
  await page.goto('/monitor');
  await page.getByLabel('姓名或拼音首字母').fill(who);
  await page.getByRole('button', { name: '找人' }).click();
  await page.getByRole('link', { name: who, exact: true }).click();
  await page.getByRole('link', { name: /更正社区/ }).click();
  await page.getByLabel('手机号').fill('123');
  await page.getByRole('button', { name: '改好了，存下' }).click();
  await expect(page.getByLabel('手机号')).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('手机号').fill('');
  await page.getByLabel('组织', { exact: true }).selectOption({ label: '晨光合唱队（示例）' });
  await page.getByText('负责人', { exact: true }).click();
  await page.getByRole('button', { name: '改好了，存下' }).click();
  await expect(page.getByText('晨光合唱队（示例） · 负责人')).toBeVisible();

  // Nobody else's district, and no function of another role.
  await page.goto('/monitor?region=110105000000');
  await expect(page.getByText('没有符合条件的人')).toBeVisible();
  expect((await page.goto('/admin/audit'))!.status()).toBe(403);
  expect((await page.goto('/teach'))!.status()).toBe(403);
});

test('a city officer gives a role with a last day and ends it', async ({ page }) => {
  await signIn(page, 'shi');
  await page.goto('/monitor?name=ayne');
  await page.goto('/monitor');
  await page.getByLabel('姓名或拼音首字母').fill('阿依');
  await page.getByRole('button', { name: '找人' }).click();
  await page.getByRole('link', { name: /阿依努尔/ }).click();
  await page.getByText('给一个角色').click();
  await page.getByLabel('角色', { exact: true }).selectOption({ label: '班主任' });
  await page.getByLabel('范围').selectOption({ index: 2 });
  await page.getByLabel('到哪一天为止').fill('2000-01-01');
  await page.getByRole('button', { name: '给这个角色' }).click();
  await expect(page.getByRole('alert')).toContainText('今天或以后的日期');
  await page.getByLabel('角色', { exact: true }).selectOption({ label: '班主任' });
  await page.getByLabel('范围').selectOption({ index: 2 });
  await page.getByLabel('到哪一天为止').fill('2099-06-30');
  await page.getByRole('button', { name: '给这个角色' }).click();
  const held = page.getByRole('listitem').filter({ hasText: '班主任' }).first();
  await expect(held).toContainText('到 2099-06-30 为止');
  await held.getByRole('button', { name: '结束' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: '班主任' }).first()).toContainText('已经结束');
});

test('a trainer sees who learns and what draws them wrong', async ({ page }) => {
  await signIn(page, 'jiangshi');
  await page.goto('/teach');
  await page.getByRole('link', { name: /C01/ }).click();
  await expect(page.getByRole('heading', { name: '每题答得怎样' })).toBeVisible();
  expect((await page.goto('/monitor'))!.status()).toBe(403);
});
