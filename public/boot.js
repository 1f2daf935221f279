// Wakes the islands of a page. A page without islands, or a browser without WebAssembly, stays what the server sent:
// links and forms that work. So does a page whose islands fail to load.
//
//   <script defer src="/pkg/{hash}/boot.js" data-pkg="/pkg/{hash}/" data-library="player"></script>
//
// A classic script, because document.currentScript is null in modules; ES2017 and import(), for Chromium 83.
(function () {
  'use strict';
  const pkg = document.currentScript.dataset.pkg;
  const library = document.currentScript.dataset.library;
  const page = document.documentElement;

  // The walk of leptos 0.8.23, src/hydration/island_script.js: outer islands first, and an island that stands in
  // the children of another tells that one so.
  async function walk(node, mod, children) {
    if (node.localName === 'leptos-island') {
      const island = mod[node.dataset.component];
      if (island) {
        const outer = children[children.length - 1];
        if (outer) outer();
        try {
          await island(node);
        } catch (_) {
          // One island that does not wake leaves the others alone.
          page.setAttribute('data-islands', 'partly');
        }
      }
    }
    const inside = node.localName === 'leptos-children';
    if (inside) children.push(node.$$on_hydrate);
    for (const child of node.children) await walk(child, mod, children);
    if (inside) children.pop();
  }

  async function wake() {
    const mod = await import(pkg + library + '.js');
    await mod.default({ module_or_path: pkg + library + '_bg.wasm' });
    if (mod.hydrate) mod.hydrate();
    await walk(document.body, mod, []);
    // For tests and for style: 'ready' once every island answers.
    if (!page.hasAttribute('data-islands')) page.setAttribute('data-islands', 'ready');
  }

  if (pkg && library && document.querySelector('leptos-island') && typeof WebAssembly === 'object') {
    const asleep = function () { page.setAttribute('data-islands', 'asleep'); };
    const start = function () { wake().catch(asleep); };
    if ('requestIdleCallback' in window) window.requestIdleCallback(start, { timeout: 1000 });
    else start();
  }

  // Printing is the browser's: its button is there only where this script is.
  document.querySelectorAll('[data-print]').forEach(function (button) {
    button.hidden = false;
    button.addEventListener('click', function () { window.print(); });
  });

  // Reading aloud, where the browser has a voice for it: a button names what it reads. Pressed again, it stops.
  if ('speechSynthesis' in window) {
    const voice = function () {
      if (window.speechSynthesis.getVoices().some(function (v) { return /^zh/i.test(v.lang); })) page.classList.add('speaks');
    };
    voice();
    window.speechSynthesis.addEventListener && window.speechSynthesis.addEventListener('voiceschanged', voice);
    document.addEventListener('click', function (event) {
      const button = event.target.closest && event.target.closest('[data-speak]');
      if (!button) return;
      const going = window.speechSynthesis.speaking;
      window.speechSynthesis.cancel();
      if (going) return;
      document.querySelectorAll(button.dataset.speak).forEach(function (part) {
        const words = new SpeechSynthesisUtterance(part.textContent);
        words.lang = 'zh-CN';
        words.rate = 0.9;
        window.speechSynthesis.speak(words);
      });
    });
  }

  const local = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(location.hostname);
  if ('serviceWorker' in navigator && (location.protocol === 'https:' || local)) {
    window.addEventListener('load', function () {
      navigator.serviceWorker.register('/sw.js').catch(function () {});
    });
  }
})();
