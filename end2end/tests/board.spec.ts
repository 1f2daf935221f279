import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { expect, faults, signIn, test } from './portal';

/** Whole numbers of a column of the table, the sum first. */
async function column(page: import('@playwright/test').Page, n: number): Promise<number[]> {
  const cells = await page.locator('tbody').first().locator(`tr > *:nth-child(${n})`).allTextContents();
  return cells.map((text) => Number(text.replace(/[^\d.]/g, '')));
}

/** A file of a zip archive, by its central directory. */
function unzip(archive: Buffer, name: string): string {
  for (let at = archive.indexOf('PK\x01\x02'); at >= 0; at = archive.indexOf('PK\x01\x02', at + 4)) {
    const length = archive.readUInt16LE(at + 28);
    if (archive.toString('utf8', at + 46, at + 46 + length) !== name) continue;
    const local = archive.readUInt32LE(at + 42);
    const from = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    return inflateRawSync(archive.subarray(from, from + archive.readUInt32LE(at + 20))).toString('utf8');
  }
  throw new Error(`${name} is not there`);
}

test('a city officer goes down from the city to a person, and every level adds up', async ({ page }, info) => {
  test.setTimeout(90_000);
  const script = info.project.name !== 'script off';
  const sound = async () => (script ? expect(await faults(page)).toEqual([]) : undefined);
  const shot = (name: string) => page.screenshot({ path: `shots/board-${info.project.use.viewport!.width}-${name}.png`, fullPage: true });
  // Somebody learns first, so that there is something to see.
  const course = { 'script on': 'C01', 'script off': 'C02' }[info.project.name] ?? 'C03';
  await signIn(page, 'jiedao');
  await page.goto('/monitor/register');
  const who = `钱${{ 'script on': '春', 'script off': '夏' }[info.project.name] ?? '秋'}`;
  await page.getByLabel('姓名').fill(who);
  await page.getByLabel('所在的社区或村').fill('多福巷');
  await page.getByRole('button', { name: '查找' }).click();
  await page.getByRole('button', { name: /多福巷社区/ }).click();
  await page.getByText('负责人', { exact: true }).click();
  await page.getByRole('button', { name: '登记这位学员' }).click();
  await page.getByText('替本人报一门课').click();
  await page.getByLabel('课程', { exact: true }).selectOption(course);
  await page.getByRole('button', { name: '替本人报名' }).click();
  await page.context().clearCookies();

  await signIn(page, 'shi');
  // Figures are read again within a second or two of a change.
  await expect(async () => {
    await page.goto('/monitor/board');
    await expect(page.getByRole('heading', { level: 1 })).toContainText('全市');
    expect((await column(page, 2))[0]).toBeGreaterThan(0);
  }).toPass();
  await sound();
  await shot('city');
  // What is taken away says the same as the screen, and in numbers.
  const shown = await column(page, 2);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '导出这张表（xlsx）' }).click()]);
  expect(download.suggestedFilename()).toBe('北京培训情况.xlsx');
  const sheet = unzip(readFileSync(await download.path()), 'xl/worksheets/sheet1.xml');
  const read = [...sheet.matchAll(/<c r="B(\d+)"[^>]*><v>(\d+)<\/v>/g)].filter((m) => Number(m[1]) > 2).map((m) => Number(m[2]));
  expect(read).toEqual(shown);
  for (const place of ['东城', '东华门街道', '多福巷社区']) {
    for (const n of [2, 3, 4, 5, 9]) {
      const [sum, ...parts] = await column(page, n);
      expect(parts.reduce((a, b) => a + b, 0), `column ${n} above ${place}`).toBe(sum);
    }
    await page.locator('tbody').first().getByRole('link', { name: place, exact: true }).click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText(place);
  }
  await sound();
  await shot('community');
  const enrolled = (await column(page, 2))[0];
  await page.locator('.stat', { hasText: '报名' }).locator('a.stat__num').click();
  await expect(page.getByText(`${enrolled} 人`, { exact: true })).toBeVisible();
  await expect(page.locator('tbody tr')).toHaveCount(Math.min(enrolled, 50));
  expect(enrolled).toBeGreaterThan(0);
  await sound();
  await shot('names');
  await page.getByRole('link', { name: who, exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(who);
  await page.goBack();

  // Both clocks: pinned, the address says so; before anything was recorded there was nothing.
  await page.goto('/monitor/110101000000');
  await page.getByRole('link', { name: '把这份数定住' }).click();
  await expect(page).toHaveURL(/to=.*known=/);
  await expect(page.getByText(/发生截至 .*记录截至/).first()).toBeVisible();
  await page.getByText('换时段、换口径').click();
  await page.getByLabel('记录截至').fill('2020-01-01');
  await page.getByRole('button', { name: '看', exact: true }).click();
  expect((await column(page, 2))[0]).toBe(0);
  await expect(page.locator('tbody').first().locator('tr').first()).toContainText('—');
  await sound();
});

test('a street freezes who is to be trained, and rates count them alone', async ({ page }, info) => {
  test.skip(info.project.name !== 'script on', 'one list a year and place');
  const sound = async () => expect(await faults(page)).toEqual([]);
  const shot = (name: string) => page.screenshot({ path: `shots/board-${info.project.use.viewport!.width}-${name}.png`, fullPage: true });
  await signIn(page, 'jiedao');
  await page.goto('/monitor/110101001001');
  await expect(page.getByText('这一年还没有冻结应训名单')).toBeVisible();
  await page.getByRole('link', { name: '应训名单' }).click();
  await page.getByRole('button', { name: '冻结' }).click();
  await expect(page.locator('#f-document')).toHaveAttribute('aria-invalid', 'true');
  await sound();
  await page.getByLabel('凭什么文件').fill('年度培训计划（示例）');
  await page.getByRole('button', { name: '冻结' }).click();
  await expect(page.getByText(/冻结时 \d+ 人/)).toBeVisible();
  // The street above cannot freeze another one over it.
  await page.goto('/monitor/110101001000/due');
  await expect(page.getByText('同一年的名单不重叠')).toBeVisible();
  // Somebody is taken off, with a reason.
  await page.goto('/monitor/110101001001/due');
  await page.getByLabel('姓名或拼音首字母').fill('林予安');
  await page.getByRole('button', { name: '找人' }).click();
  await page.getByLabel('理由').first().fill('已不再担任负责人');
  await page.getByRole('button', { name: '核减' }).first().click();
  await expect(page.getByText('已不再担任负责人')).toBeVisible();
  await sound();
  await shot('due');
  await page.getByLabel('姓名或拼音首字母').fill('林予安');
  await page.getByRole('button', { name: '找人' }).click();
  await page.getByLabel('理由').first().fill('核减有误，恢复');
  await page.getByRole('button', { name: '增补' }).first().click();
  await expect(page.getByText('核减有误，恢复')).toBeVisible();
  await expect(async () => {
    await page.goto('/monitor/110101001001');
    await expect(page.getByRole('heading', { name: '应训名单上的人' })).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await sound();
  await shot('funnel');
  const link = page.getByRole('link', { name: /位还没有参训的人/ });
  const idle = Number((await link.textContent())!.replace(/\D/g, ''));
  await link.click();
  await expect(page.getByText(`${idle} 人`, { exact: true })).toBeVisible();
  await expect(page.locator('tbody tr')).toHaveCount(idle);
});
