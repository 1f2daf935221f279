import { deflateRawSync, crc32 } from 'node:zlib';
import { expect, faults, signIn, signOut, test } from './portal';

const SOURCE = '《社区社会组织章程示范文本（试行）》';
const TABLE = [
  ['节点', '情境', '选项', '效果', '结果', '去', '分', '为什么', '依据'],
  ['楼道', '充电线从三楼垂下来。\n“就充一宿。”小魏（虚构）说。', '先请他上来坐，把线的事说开', '信＋９ 规+3', '他把线收了一半，说明天找地方。', '', '2', '先听难处，线才收得下来。', SOURCE],
  ['', '', '贴一张告示，谁看见谁收', '规+5　信-6', '告示贴了，线还在。', '', '1', '告示说给所有人听，等于没说给他听。', SOURCE],
  ['', '', '当着大家把线剪了', '信-12 规-4', '线断了，人也散了。', '', '0', '东西是他的，剪了就理亏。', SOURCE],
  ['车棚', '车棚里有六个插座，坏了四个。物业说下月修。', '和物业定下哪天修，写在纸上', '信+8 规+6', '纸上写着周五。', '收尾', '2', '日子写下来，才有人记得。', SOURCE],
  ['', '', '自己拉一根线先用着', '信+3 规-9', '当晚就跳了闸。', '收尾', '0', '私拉电线，险事自己担不起。', SOURCE],
].map((row) => row.map((cell) => (cell.includes('\n') ? `"${cell}"` : cell)).join('\t')).join('\n');

/** A zip archive with one file. */
function zip(name: string, text: string): Buffer {
  const [path, body] = [Buffer.from(name), Buffer.from(text)];
  const packed = deflateRawSync(body);
  const head = (central: boolean) => {
    const h = Buffer.alloc(central ? 46 : 30);
    h.writeUInt32LE(central ? 0x02014b50 : 0x04034b50, 0);
    const at = central ? 6 : 4;
    h.writeUInt16LE(20, at);
    h.writeUInt16LE(8, at + 4);
    h.writeUInt32LE(crc32(body), at + 10);
    h.writeUInt32LE(packed.length, at + 14);
    h.writeUInt32LE(body.length, at + 18);
    h.writeUInt16LE(path.length, at + 22);
    return h;
  };
  const local = Buffer.concat([head(false), path, packed]);
  const central = Buffer.concat([head(true), path]);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

test('a trainer writes a simulation from a pasted table, tries it in class, and another publishes it', async ({ page, browser, baseURL }, info) => {
  test.setTimeout(180_000);
  const title = `楼道里的充电线 ${info.project.name}`;
  const script = info.project.name !== 'script off';
  const sound = async () => (script ? expect(await faults(page)).toEqual([]) : undefined);
  const shot = (name: string) => page.screenshot({ path: `shots/author-${info.project.use.viewport!.width}-${name}.png`, fullPage: true });
  await signIn(page, 'jiangshi');
  await page.goto('/teach/scenarios');
  await page.getByLabel('叫什么').fill(title);
  await page.locator('#f-course').first().selectOption('C09');
  await page.getByRole('button', { name: '开始写' }).click();
  await expect(page.getByText('必须改').first()).toBeVisible();
  await sound();

  // The table: full-width signs are welcome, what is not understood is named.
  await page.getByRole('link', { name: '贴一张表、导入文件' }).click();
  await page.getByLabel('表', { exact: true }).fill(TABLE.replace('信＋９', '信好多'));
  await page.getByText('换掉现有的各处').click();
  await page.getByRole('button', { name: '收进来' }).click();
  await expect(page.getByText('第 2 行“效果”')).toBeVisible();
  await sound();
  await page.getByLabel('表', { exact: true }).fill(TABLE);
  await page.getByText('换掉现有的各处').click();
  await page.getByRole('button', { name: '收进来' }).click();
  await expect(page.getByText('都收进来了。')).toBeVisible();
  await shot('import');
  await page.getByRole('link', { name: '回去接着写' }).click();

  // A card: one number changed, saved, and seen in the history.
  await page.getByRole('link', { name: /^1\s+楼道/ }).click();
  await sound();
  await shot('card');
  await page.locator('input[name="c0.v.信"]').fill('9');
  if (script) await page.getByRole('button', { name: '居民信任加一' }).first().click();
  else await page.locator('input[name="c0.v.信"]').fill('10');
  await page.getByRole('button', { name: '保存这一处' }).click();
  await page.getByRole('link', { name: '每一次保存' }).click();
  await page.getByText('改了什么').first().click();
  await expect(page.locator('.diff ins').first()).toContainText('信+10');
  await sound();
  await page.locator('.crumb').getByRole('link').last().click();

  // What the check still asks for.
  await page.getByText('题目、角色、结局和复盘的问题').click();
  await page.getByLabel('您是谁').fill('您是槐荫里（虚构）三号楼的楼门长。');
  await page.getByLabel('要办成什么').fill('让充电线从楼道里下来，邻居不红脸。');
  for (const [i, text] of ['线收了，车棚的插座也有了日子。', '线收了一半，日子还没定。', '这一回没办成，线还垂着。'].entries()) {
    await page.locator(`input[name="e${i}.text"]`).fill(text);
    await page.locator(`input[name="e${i}.advice"]`).fill('下回先把难处听完，再定日子。');
  }
  await page.locator('input[name="e0.when"]').fill('信≥66');
  await page.locator('input[name="e1.when"]').fill('信≥48');
  await page.locator('form', { has: page.locator('input[name="e0.when"]') }).getByRole('button', { name: '保存' }).click();
  await shot('draft');
  await sound();
  await expect(page.getByRole('button', { name: '送审' })).toBeVisible();

  // Tried in the own class by a learner with the code; marked, and without hours.
  await page.getByRole('button', { name: '在我班上试用' }).click();
  await expect(page.getByText('这一份还没有审过')).toBeVisible();
  const code = (await page.locator('b.code').first().textContent())!.replace(/\s/g, '');
  const pupil = await (await browser.newContext({ baseURL })).newPage();
  await signIn(pupil, info.project.name === 'script off' ? 'xueyuan2' : 'xueyuan');
  await pupil.goto('/simulations/join');
  await pupil.locator('main input[name=code]').fill(code);
  await pupil.locator('main').getByRole('button').first().click();
  await expect(pupil.getByText('试用', { exact: true })).toBeVisible();
  await pupil.context().close();

  // Handed in; one's own cannot be approved; somebody else publishes it.
  await page.goto('/teach/scenarios');
  await page.getByRole('link', { name: title }).click();
  await page.getByRole('button', { name: '送审' }).click();
  await expect(page.getByText('已经送审')).toBeVisible();
  await signOut(page);
  await signIn(page, 'banzhuren');
  await page.goto('/teach/scenarios');
  await page.getByRole('link', { name: title }).click();
  await page.getByLabel('写给作者的话').fill('依据对得上，可以了。');
  await page.getByRole('button', { name: '通过，发布' }).click();
  await expect(page.getByText('已经发布，全市都能走，内容不再变')).toBeVisible();
  await page.goto('/simulations');
  await expect(page.getByRole('link', { name: title })).toBeVisible();
});

test('an H5P branching scenario is brought in, and what cannot come is listed', async ({ page }, info) => {
  await signIn(page, 'jiangshi');
  await page.goto('/teach/scenarios');
  await page.getByLabel('叫什么').fill(`导入 ${info.project.name}`);
  await page.getByRole('button', { name: '开始写' }).click();
  await page.getByRole('link', { name: '贴一张表、导入文件' }).click();
  const content = JSON.stringify({
    branchingScenario: {
      title: '门口',
      content: [
        { type: { library: 'H5P.Video 1.6', params: {}, metadata: { title: '片子' } }, nextContentId: 1 },
        { type: { library: 'H5P.BranchingQuestion 1.0', params: { branchingQuestion: { question: '<p>有人来问，怎么办？</p>', alternatives: [{ text: '听他说', nextContentId: -1, feedback: { title: '他坐下了' } }, { text: '请他回去', nextContentId: -1 }] } }, metadata: { title: '选' } } },
      ],
      endScreens: [{ endScreenTitle: '<p>完了</p>' }],
    },
  });
  await page.locator('input[type=file]').setInputFiles({ name: '门口.h5p', mimeType: 'application/zip', buffer: zip('content/content.json', content) });
  await page.getByText('换掉现有的各处').click();
  await page.getByRole('button', { name: '收进来' }).click();
  await expect(page.getByText('这一样带不过来：H5P.Video')).toBeVisible();
  await page.getByRole('link', { name: '回去接着写' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('门口');
  await expect(page.getByText('有人来问，怎么办？')).toBeVisible();
  // A file that is nothing of the kind.
  await page.getByRole('link', { name: '贴一张表、导入文件' }).click();
  await page.locator('input[type=file]').setInputFiles({ name: '坏的.h5p', mimeType: 'application/zip', buffer: Buffer.from('不是压缩包') });
  await page.getByRole('button', { name: '收进来' }).click();
  await expect(page.getByText('读不懂这份东西')).toBeVisible();
});

test('a draft on two devices: saved while typing, both sides shown, changed on the graph, walked from any state', async ({ page, context }, info) => {
  test.setTimeout(120_000);
  const script = info.project.name !== 'script off';
  const sound = async () => (script ? expect(await faults(page)).toEqual([]) : undefined);
  const shot = (name: string) => page.screenshot({ path: `shots/author-${info.project.use.viewport!.width}-${name}.png`, fullPage: true });
  await signIn(page, 'jiangshi');
  await page.goto('/teach/scenarios');
  await page.getByText('从现成的抄一份来改').click();
  await page.locator('#f-from').selectOption('S01');
  await page.getByRole('button', { name: '抄一份' }).click();
  const home = page.url();
  await page.goto(`${home}/cards/d1`);
  const other = await context.newPage();
  await other.goto(`${home}/cards/d1`);

  // One device types; the other finds out when it types too, and loses nothing.
  await page.getByLabel('几个字说出场面').fill('楼门口的告示');
  if (script) await expect(page.locator('[data-live]')).toContainText('第 2 次保存');
  else await page.getByRole('button', { name: '保存这一处' }).click();
  await other.getByLabel('几个字说出场面').fill('楼门口贴了一张纸');
  if (script) await expect(other.locator('[data-live]')).toContainText('在别处存过了');
  await other.getByRole('button', { name: '保存这一处' }).click();
  await expect(other.getByRole('heading', { name: '两边都在这里' })).toBeVisible();
  await expect(other.locator('del').first()).toContainText('楼门口的告示');
  await expect(other.locator('ins').first()).toContainText('楼门口贴了一张纸');
  await other.screenshot({ path: `shots/author-${info.project.use.viewport!.width}-both.png`, fullPage: true });
  await other.getByRole('button', { name: '用我写的' }).click();
  await expect(other.getByRole('link', { name: /楼门口贴了一张纸/ }).first()).toBeVisible();
  await other.close();

  // What the check finds stands beside the card and changes with it.
  await page.goto(`${home}/cards/d1`);
  await page.locator('input[name="c0.why"]').fill('');
  if (!script) {
    await page.getByRole('button', { name: '保存这一处' }).click();
    await page.goto(`${home}/cards/d1`);
  }
  await expect(page.locator('[data-live]')).toContainText('没写为什么');
  await sound();
  await shot('beside');

  // On the graph: a way is drawn to another box, a new situation branches off.
  await page.goto(`${home}/graph?zoom=50`);
  await page.locator('a.g-link').first().click();
  await expect(page.getByRole('heading', { name: /楼门口贴了一张纸/ })).toBeVisible();
  await sound();
  await page.getByRole('link', { name: '连到别处' }).first().click();
  await page.locator('a.g-link').nth(3).focus();
  await page.keyboard.press('Enter');
  await shot('connect');
  await page.getByRole('button', { name: '连上' }).click();
  await expect(page.locator('#at')).toContainText('去：4');
  await page.getByRole('button', { name: '接一处新的' }).last().click();
  await expect(page.locator('#at')).toContainText(/第 \d+ 处/);
  await shot('graph');

  // From any place, in any state.
  await page.getByRole('link', { name: '从这里走走看' }).click();
  await page.locator('input[name="v.信"]').fill('12');
  await page.getByRole('button', { name: '照这个局面从头走' }).click();
  await expect(page.locator('dl.kv')).toContainText('12');
  await page.locator('button.choice').first().click();
  await expect(page.getByText('第 2 步，怎么办？')).toBeVisible();
  await sound();
  await shot('walk');
  const file = await page.request.get(`${home}/text?download=json`);
  expect((await file.json()).nodes[0].title).toBe('楼门口贴了一张纸');
});
