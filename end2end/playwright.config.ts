import { defineConfig } from '@playwright/test';

// The journey is walked three times: with script, without, and with script but without WebAssembly (old phones).
const chromium = {
  browserName: 'chromium' as const,
  locale: 'zh-CN',
  contextOptions: { reducedMotion: 'reduce' as const },
  actionTimeout: 15_000,
  launchOptions: {
    executablePath: process.env.YUCAI_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--autoplay-policy=no-user-gesture-required'],
  },
};

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  workers: 2,
  retries: 0,
  timeout: 90_000,
  reporter: [['list']],
  projects: [
    { name: 'script on', use: { ...chromium, viewport: { width: 1280, height: 900 } } },
    { name: 'script off', use: { ...chromium, javaScriptEnabled: false, viewport: { width: 360, height: 780 } } },
    { name: 'no WebAssembly', use: { ...chromium, viewport: { width: 360, height: 780 } } },
  ],
});
