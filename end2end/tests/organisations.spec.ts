import { expect, faults, signIn, test } from './portal';

const LIST = (mark: string) => `\ufeff备案号,组织名称,街道,社区,类型,作用领域,备案日期,人数,负责人
${mark}-001,晨光合唱队${mark},东华门街道,多福巷社区,文体活动类,志愿服务,2021-06-03,32,秦小满（示例）
${mark}-002,楼门巡逻队${mark},东华门街道,多福巷,公益性,治安综治、志愿服务,2021/7/1,18,
${mark}-003,无处可去队${mark},东华门街道,没有这个社区,,,,,
,没有号的队${mark},东华门街道,多福巷社区,不认得的类,,昨天,,
`.replace('（示例）', '');

test('a street brings in its filing list, mends a row, applies it, and takes it back', async ({ page }, info) => {
  const script = info.project.name !== 'script off';
  const mark = { 'script on': '甲', 'script off': '乙' }[info.project.name] ?? '丙';
  const sound = async () => (script ? expect(await faults(page)).toEqual([]) : undefined);
  const shot = (name: string) => page.screenshot({ path: `shots/organisations-${info.project.use.viewport!.width}-${name}.png`, fullPage: true });
  await signIn(page, 'jiedao');
  await page.goto('/monitor/imports');
  await sound();
  // Not a table at all: said, and nothing is kept.
  const file = page.locator('input[type=file]');
  await file.setInputFiles({ name: 'x.xlsx', mimeType: 'application/octet-stream', buffer: Buffer.from([0x89, 0x50, 0, 1, 2]) });
  await page.getByRole('button', { name: '读一读，先不办' }).click();
  await expect(page.getByText('这不是认得的表格')).toBeVisible();
  await file.setInputFiles({ name: `台账${mark}.csv`, mimeType: 'text/csv', buffer: Buffer.from(LIST(mark)) });
  await page.getByRole('button', { name: '读一读，先不办' }).click();
  await expect(page.getByText('在您管的范围里没有找到这个社区')).toBeVisible();
  await expect(page.getByText('备案日期：写法不对')).toBeVisible();
  await sound();
  await shot('wrong');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '下载这 2 行去改' }).click()]);
  expect(download.suggestedFilename()).toBe('要改的行.xlsx');

  await page.getByRole('link', { name: '新的 2' }).click();
  await page.getByRole('button', { name: '这一行不办' }).last().click();
  await expect(page.getByText('不办', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: '还是办' }).click();
  await shot('staged');
  await page.getByRole('button', { name: '办这 2 行' }).click();
  await expect(page.getByText('办好了 2 行')).toBeVisible();
  await sound();

  await page.goto(`/monitor/organisations?name=${mark}-00`);
  await expect(page.getByRole('link', { name: `晨光合唱队${mark}` })).toBeVisible();
  await sound();
  await shot('list');
  await page.getByRole('link', { name: `晨光合唱队${mark}` }).click();
  await expect(page.getByRole('link', { name: '秦小满' })).toBeVisible();
  await page.getByText('记一次命名').click();
  await page.getByLabel('品牌叫什么').fill('槐荫晨曲');
  await page.getByLabel('哪天命名的').fill('2024-05-01');
  await page.getByLabel('凭什么文件').fill('品牌命名名单（示例）');
  await page.getByRole('button', { name: '记下' }).click();
  await expect(page.getByText('槐荫晨曲')).toBeVisible();
  await sound();
  await shot('one');

  // Somebody has built on it: it is not taken back whole.
  await page.goto('/monitor/imports');
  await page.getByRole('link', { name: `台账${mark}.csv` }).click();
  await expect(page.getByText('这份不能再整份撤回')).toBeVisible();
  // Another one is.
  await page.goto('/monitor/imports');
  await file.setInputFiles({ name: `再来${mark}.csv`, mimeType: 'text/csv', buffer: Buffer.from(LIST(mark).replace('楼门巡逻队', '平安巡逻队')) });
  await page.getByRole('button', { name: '读一读，先不办' }).click();
  await page.getByRole('link', { name: '有变化的 1' }).click();
  await expect(page.locator('ins')).toContainText('平安巡逻队');
  await shot('change');
  await page.getByRole('button', { name: '办这 1 行' }).click();
  await page.getByRole('button', { name: '整份撤回' }).click();
  await expect(page.getByText('已经整份撤回')).toBeVisible();
  await page.goto(`/monitor/organisations?name=${mark}-002`);
  await expect(page.getByRole('link', { name: `楼门巡逻队${mark}` })).toBeVisible();
});
