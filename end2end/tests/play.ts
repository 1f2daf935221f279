import type { Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from './portal';

/** Points of every choice of a scenario by its text, and the kind of every ending by its first line. */
export function scenario(key: string) {
  const text = readFileSync(join(__dirname, `../../content/scenarios/${key}.yaml`), 'utf8');
  const points = new Map<string, number>();
  for (const part of text.split(/^ {6}- key: /m).slice(1)) {
    const said = part.match(/^ +text: (.*)$/m)?.[1].trim().replace(/^["']|["']$/g, '');
    const worth = part.match(/^ +points: (\d)$/m)?.[1];
    if (said && worth) points.set(said, Number(worth));
  }
  return points;
}

/** Plays on until the run has ended, in every situation the choice that `worth` likes best. */
export async function play(page: Page, points: Map<string, number>, worth: (points: number) => number) {
  for (let step = 0; step < 20; step++) {
    const choices = page.locator('.choice');
    // With script the last step shows a button, without it the page is already the one after.
    const over = page.getByRole('button', { name: '看结果和复盘' }).or(page.getByRole('heading', { name: '一步一步看' }));
    await expect(choices.first().or(over).first()).toBeVisible();
    // Asked once: while the page asks for its result, neither the button nor the heading may be there.
    if ((await choices.count()) === 0) break;
    const texts = (await choices.locator('span:last-child').allTextContents()).map((t) => t.trim());
    for (const text of texts) expect(points.has(text), text).toBe(true);
    const best = texts.map((t) => worth(points.get(t)!)).reduce((a, b, i, all) => (b > all[a] ? i : a), 0);
    const title = page.locator('#scene');
    const before = await title.textContent();
    // A tap that comes right after the one before is taken for a double one, as it would be by a person.
    await expect(async () => {
      if ((await title.textContent({ timeout: 100 }).catch(() => '')) === before) await choices.nth(best).click({ timeout: 1_000 });
      await expect(title.filter({ hasNotText: before! }).or(over).first()).toBeVisible({ timeout: 500 });
    }).toPass();
  }
  await expect(page.getByRole('heading', { name: '一步一步看' })).toBeVisible();
}
