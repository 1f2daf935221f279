// node check.mjs FILE: fails if the built style sheet holds anything Chromium 83 does not know and nothing stands in for it.
// What is merely better with a newer browser (text-wrap, accent-color, …) is let through: an unknown declaration is skipped.

import { readFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';
import postcss from 'postcss';

const BUDGET = 14 * 1024;
const file = process.argv[2];
if (!file) {
  console.error('usage: node check.mjs OUTDIR/yucai.css');
  process.exit(2);
}
const css = readFileSync(file, 'utf8');
const root = postcss.parse(css, { from: file });
const wrong = [];
const report = (node, why) => {
  const { line, column } = node.source.start;
  wrong.push(`${file}:${line}:${column}: ${why}\n    ${String(node).slice(0, 160)}`);
};

// At-rules that are not skipped harmlessly: what is inside would be lost.
const AT_RULES = { layer: 99, container: 105, scope: 118, import: 'one file only', 'starting-style': 117, property: 85, charset: 'UTF-8 is sent by the server' };
// A selector unknown in one place of a list takes the whole list with it.
const SELECTORS = [
  [/:has\(/, ':has() is Chromium 105'],
  [/:(is|where)\(/, ':is() and :where() are Chromium 88'],
  [/:not\([^()]*,/, 'a list in :not() is Chromium 88'],
  [/&/, 'nesting is Chromium 112'],
  [/:(user-valid|user-invalid|popover-open|modal|dir\(|open)/, 'newer than Chromium 83'],
];
const ALONE = /:focus-visible|::marker|::file-selector-button|::target-text/;
const PROPERTIES = [
  [/^(inset|inset-.*)$/, 'inset is Chromium 87'],
  [/^(margin|padding)-(inline|block)$/, 'two-sided logical shorthands are Chromium 87'],
  [/^border-(inline|block)(-(width|style|color))?$/, 'two-sided logical borders are Chromium 87'],
  [/^border-(start|end)-(start|end)-radius$/, 'logical radii are Chromium 89'],
  [/^(rotate|translate|scale)$/, 'individual transforms are Chromium 104'],
  [/^(container|container-type|container-name)$/, 'container queries are Chromium 105'],
  [/^(content-visibility|contain-intrinsic-.*)$/, 'would change the page only in some browsers'],
];
const VALUES = [
  [/\d(cq[whib]|cqmin|cqmax)\b/, 'container units are Chromium 105'],
  [/\b(color-mix|light-dark|oklch|oklab|lch|lab|hwb|color)\(/, 'this colour function is newer than Chromium 83'],
  [/^(revert|revert-layer)$/, 'revert is Chromium 84'],
  [/\burl\(["']?data:/, 'data: is refused by our Content-Security-Policy'],
  [/\b(sin|cos|tan|pow|sqrt|abs|sign|round|mod|rem)\(/, 'this function is newer than Chromium 83'],
];
// Fine when the same rule says it first in older words.
const FALLBACK = [[/\d[sld]v[hw]\b/, 'dvh and the like are Chromium 108'], [/^overflow.*\bclip\b/, 'overflow: clip is Chromium 90']];
const PREFIXED = { appearance: '-webkit-appearance', 'print-color-adjust': '-webkit-print-color-adjust', 'text-emphasis': '-webkit-text-emphasis' };

/** Inside a question that a Chromium 83 answers with no. */
const guarded = (node) => {
  for (let at = node.parent; at; at = at.parent) {
    if (at.name === 'supports' && !/^not\b/.test(at.params)) return true;
  }
  return false;
};

root.walkAtRules((at) => {
  if (at.name in AT_RULES && !guarded(at)) report(at, `@${at.name}: ${typeof AT_RULES[at.name] === 'number' ? `Chromium ${AT_RULES[at.name]}` : AT_RULES[at.name]}`);
  if (at.name === 'media' && /[<>]|\bnot\s*\(|\)\s*or\s*\(/.test(at.params)) report(at, 'this media syntax is Chromium 104');
});

const gapFallbacks = new Set();
root.walkAtRules('supports', (at) => {
  if (/not \(color:\s*revert\)/.test(at.params)) at.walkRules((rule) => rule.selectors.forEach((s) => gapFallbacks.add(s.replace(/\s*>\s*[^\s>]+(\s*\+\s*\*)?$/, ''))));
});
const focusFallbacks = new Set();
root.walkRules(/:focus(?![\w-])/, (rule) => rule.selectors.forEach((s) => focusFallbacks.add(s)));
const tokens = new Set();
root.walkDecls(/^--/, (decl) => { tokens.add(decl.prop); });

root.walkRules((rule) => {
  if (guarded(rule)) return;
  for (const [pattern, why] of SELECTORS) if (pattern.test(rule.selector)) report(rule, why);
  if (ALONE.test(rule.selector)) {
    if (!rule.selectors.every((s) => ALONE.test(s))) report(rule, 'a selector Chromium 83 does not know makes it skip the whole list');
    for (const s of rule.selectors) {
      const old = s.replaceAll(':focus-visible', ':focus');
      if (s !== old && !focusFallbacks.has(old)) report(rule, ':focus-visible is Chromium 86 and has no :focus beside it');
    }
  }
  const declarations = rule.nodes.filter((n) => n.type === 'decl');
  const has = (prop, value) => declarations.some((d) => d.prop === prop && (!value || value.test(d.value)));
  declarations.forEach((decl, i) => {
    for (const [pattern, why] of PROPERTIES) if (pattern.test(decl.prop)) report(decl, why);
    for (const [pattern, why] of VALUES) if (pattern.test(decl.value)) report(decl, why);
    for (const [pattern, why] of FALLBACK) {
      const earlier = declarations.slice(0, i).some((d) => d.prop === decl.prop && !pattern.test(d.value));
      if (pattern.test(decl.value) && !earlier) report(decl, why);
    }
    if (PREFIXED[decl.prop] && !has(PREFIXED[decl.prop])) report(decl, `${decl.prop} needs ${PREFIXED[decl.prop]} beside it`);
    for (const [, name, fallback] of decl.value.matchAll(/var\((--[\w-]+)\s*(,)?/g)) {
      if (!fallback && !tokens.has(name)) report(decl, `${name} is defined nowhere`);
    }
  });
  if (has('gap') && has('display', /^(inline-)?flex$/)) {
    for (const s of rule.selectors) {
      const plain = s.replace(/^\S*(:root|data-)\S*/, ':root:root');
      if (!gapFallbacks.has(plain)) report(rule, `gap in a flex container is Chromium 84 and ${plain} has no margins beside it`);
    }
  }
});

const size = brotliCompressSync(css).length;
if (size > BUDGET) wrong.push(`${file}: ${size} bytes brotli, the budget is ${BUDGET}`);
if (wrong.length) {
  console.error(wrong.join('\n'));
  process.exit(1);
}
console.log(`${file}: ${css.length} characters, ${size} bytes brotli, fit for Chromium 83`);
