// PostCSS plugins that turn today's CSS into what Chromium 83 understands, without losing the cascade.
// Each is one idea; build.mjs puts them in order.

import { selectorSpecificity, compare } from '@csstools/selector-specificity';
import postcss from 'postcss';
import parser from 'postcss-selector-parser';

/**
 * The text sizes of tokens.css. A rem in a media query does not follow the font size of <html>, so every container query
 * becomes one media query for each size, with the threshold multiplied. The tests weigh the same as PLAIN.
 */
export const MODES = [
  { test: ':root:not([data-mode="elder"])', scale: 1 },
  { test: '[data-mode="elder"]:not([data-text])', scale: 1.25 },
  { test: '[data-mode="elder"][data-text="l"]', scale: 1.49 },
  { test: '[data-mode="elder"][data-text="xl"]', scale: 1.79 },
];

/** What stands before every selector of a layer, so that a later layer outweighs an earlier one without @layer. */
const PLAIN = ':root:root';
const WEIGHT = {
  reset: '', tokens: '', base: '',
  gaps: PLAIN, layout: PLAIN, parts: PLAIN,
  mode: ':root:not(#\\#)', print: ':root:not(#\\#):not(#\\#)',
};

const parse = (selector) => parser().astSync(selector).nodes[0];
const weigh = (selector) => selectorSpecificity(parse(selector));
const show = ({ a, b, c }) => `(${a},${b},${c})`;

/** Splits a value at top-level spaces. */
const words = (value) => value.match(/(?:[^\s()]|\((?:[^()]|\([^()]*\))*\))+/g) ?? [];

/** `@container name (min-width: Xrem)` → a media query a text size; `container` declarations go. */
export function containers() {
  return (root) => {
    root.walkDecls(/^container(-type|-name)?$/, (decl) => { decl.remove(); });
    root.walkAtRules('container', (at) => {
      const [, bound, length] = at.params.match(/^(?:[\w-]+\s+)?\((min|max)-width:\s*([\d.]+)rem\)$/)
        ?? fail(at, 'only `name (min-width: Xrem)` and `max-width` can be turned into media queries');
      for (const { test, scale } of MODES) {
        const limit = +(length * scale).toFixed(3);
        const media = at.cloneBefore({ name: 'media', params: `(${bound}-width: ${limit}rem)` });
        media.sizeTest = test;
      }
      at.remove();
    });
    root.walkRules((rule) => { if (!rule.nodes.length) rule.remove(); });
  };
}

/** Takes the layers away: the order stays, the weight of a layer goes into its selectors. */
export function layers() {
  return (root) => {
    prove(root);
    root.walkAtRules('layer', (layer) => {
      const weight = WEIGHT[layer.params] ?? fail(layer, 'unknown layer');
      layer.walkRules((rule) => {
        let at = rule.parent;
        while (at !== layer && !at.sizeTest) at = at.parent;
        const prefix = at.sizeTest ?? weight;
        if (prefix) rule.selectors = rule.selectors.map((selector) => under(prefix, selector));
      });
    });
    root.walkAtRules('layer', (layer) => { layer.replaceWith(layer.nodes); });
  };
}

/** `selector` where the root element also matches `prefix`. */
function under(prefix, selector) {
  const first = parse(selector).nodes;
  const end = first.findIndex((node) => node.type === 'combinator');
  const compound = first.slice(0, end < 0 ? first.length : end);
  const head = compound.map(String).join('').trim();
  const rest = selector.trim().slice(head.length);
  const isRoot = compound.some((node) => String(node).trim() === ':root' || String(node).trim() === 'html'
    || (node.type === 'attribute' && /^data-(mode|theme|text)$/.test(node.attribute)));
  if (!isRoot) return `${prefix} ${selector.trim()}`;
  // A type selector must stand first; `:root` need not be said twice.
  return head.startsWith('html') ? `html${prefix}${head.slice(4)}${rest}` : `${prefix}${head.replace(/^:root/, '')}${rest}`;
}

/** The assumptions under which flat selectors give the order of the layers. */
function prove(root) {
  const plain = weigh(PLAIN);
  for (const { test } of MODES) {
    if (compare(weigh(test), plain)) throw new Error(`${test} must weigh ${show(plain)}, as every plain rule does`);
  }
  const oneClass = { a: 0, b: 1, c: 0 };
  const seen = [];
  root.walkAtRules('layer', (layer) => layer.walkRules((rule) => {
    if (/keyframes$/.test(rule.parent.name ?? '')) return;
    for (const selector of rule.selectors) {
      const weight = weigh(selector);
      const where = `${selector} ${show(weight)}`;
      if (weight.a) fail(rule, `${where}: no ids in the style sheet`);
      if (layer.params === 'layout' && compare(weight, oneClass) > 0) fail(rule, `${where}: layout must not outweigh one class`);
      if (layer.params === 'parts' && compare(weight, oneClass) < 0) fail(rule, `${where}: a part needs a class`);
      if (['reset', 'base'].includes(layer.params)) {
        if (weight.b > 2) fail(rule, `${where}: heavier than the lightest part`);
        const props = new Set(rule.nodes.filter((n) => n.prop && !n.important).map((n) => n.prop.replace(/-.*/, '')));
        const subject = parse(selector).nodes.filter((n) => n.type === 'tag').pop()?.value ?? '*';
        for (const past of seen) {
          const same = past.layer !== layer.params && compare(past.weight, weight) > 0
            && [past.subject, subject, '*'].some((s, _, [p, q]) => p === q || p === '*' || q === '*')
            && [...props].find((p) => past.props.has(p));
          if (same) fail(rule, `${where}: ${past.where} of an earlier layer would win over its ${same}`);
        }
        seen.push({ layer: layer.params, weight, where, props, subject });
      }
      if (layer.params === 'tokens' && !selector.startsWith(':root')) fail(rule, `${where}: tokens belong to :root`);
    }
  }));
}

/** Flex containers with a gap: margins for those who know `gap` only in grids (Chromium before 84, as `revert`). */
export function flexGaps() {
  return (root) => {
    // Later phases win: all children, then the last one, then a leading mark.
    const phases = [new Map(), new Map(), new Map()];
    const add = (phase, selector, declaration) => {
      phases[phase].set(declaration, [...(phases[phase].get(declaration) ?? []), selector]);
    };
    root.walkRules((rule) => {
      const value = (prop) => rule.nodes.findLast((n) => n.prop === prop)?.value ?? '';
      const [row, column = row] = words(value('gap'));
      if (!row || !/^(inline-)?flex$/.test(value('display'))) return;
      const wraps = value('flex-wrap') === 'wrap' && row !== '0';
      for (const selector of rule.selectors) {
        if (/column/.test(value('flex-direction'))) add(0, `${selector} > * + *`, `margin-top: ${row}`);
        else {
          // Halves above and below keep wrapped lines apart and one line centred.
          const half = `calc(${row} / 2)`;
          add(0, `${selector} > *`, wraps ? `margin: ${half} ${column} ${half} 0` : `margin-right: ${column}`);
          add(1, `${selector} > :last-child`, 'margin-right: 0');
          // A leading icon, stamp or box is often followed by bare text, which no selector sees.
          if (!wraps) add(2, `${selector} > :first-child`, `margin-right: ${column}`);
        }
      }
    });
    const css = phases.flatMap((rules) => [...rules]).map(([declaration, selectors]) => `${selectors.join(', ')} { ${declaration} }`).join('\n');
    // Before every part, so that a margin a part asks for wins.
    const block = postcss.atRule({ name: 'supports', params: 'not (color: revert)', nodes: [] }).append(css);
    const layout = root.nodes.find((n) => n.name === 'layer' && n.params === 'layout');
    layout.before(postcss.atRule({ name: 'layer', params: 'gaps', nodes: [block] }));
  };
}

/** `:focus-visible` (86) → also `:focus`, for those without it. */
export function focus() {
  return (root) => root.walkRules(/:focus-visible/, (rule) => {
    if (rule.parent.params?.includes('selector(')) return;
    const old = rule.clone({ selectors: rule.selectors.map((s) => s.replaceAll(':focus-visible', ':focus')) });
    const supports = postcss.atRule({ name: 'supports', params: 'not selector(:focus-visible)', nodes: [] });
    supports.append(old);
    rule.before(supports);
  });
}

/** `translate`, `rotate`, `scale` (104) → `transform`. */
export function transforms() {
  return (root) => root.walkRules((rule) => {
    const found = ['translate', 'rotate', 'scale'].map((prop) => rule.nodes.find((n) => n.prop === prop)).filter(Boolean);
    if (!found.length) return;
    const value = found.map((decl) => `${decl.prop}(${words(decl.value).join(', ')})`).join(' ');
    found[0].before({ prop: 'transform', value });
    found.forEach((decl) => decl.remove());
  });
}

function fail(node, message) {
  throw node.error(message);
}
