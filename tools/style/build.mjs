// node build.mjs OUTDIR → OUTDIR/yucai.css: style/index.css and what it imports, flat, for Chromium 83 and newer.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { transform } from 'lightningcss';
import postcss from 'postcss';
import isPseudo from '@csstools/postcss-is-pseudo-class';
import logical from 'postcss-logical';
import nesting from 'postcss-nesting';
import selectorNot from 'postcss-selector-not';
import { MODES, containers, flexGaps, focus, layers, transforms } from './flatten.mjs';

const source = join(dirname(fileURLToPath(import.meta.url)), '../../style');

/** index.css with its imports in place, each inside its layer. */
function joinAll() {
  const index = postcss.parse(readFileSync(join(source, 'index.css'), 'utf8'), { from: join(source, 'index.css') });
  const order = index.nodes.find((n) => n.name === 'layer' && !n.nodes).params.split(',').map((s) => s.trim());
  const root = postcss.root({ nodes: order.map((params) => postcss.atRule({ name: 'layer', params, nodes: [] })) });
  index.walkAtRules('import', (at) => {
    const [, path, layer] = at.params.match(/^"([^"]+)" layer\((\w+)\)$/) ?? [];
    const from = join(source, path);
    const file = postcss.parse(readFileSync(from, 'utf8'), { from });
    root.nodes[order.indexOf(layer)].append(file.nodes);
  });
  return root;
}

/** The sizes of tokens.css and of the media queries must be the same. */
function checkSizes(root) {
  const said = [];
  root.walkDecls('font-size', ({ parent, value }) => {
    if (/^:root/.test(parent.selector)) said.push(parseFloat(value) / 100);
  });
  const known = MODES.map((mode) => mode.scale).filter((scale) => scale !== 1);
  if (String(said) !== String(known)) throw new Error(`tokens.css has the sizes ${said}, MODES in flatten.mjs has ${known}`);
}

try {
  const root = joinAll();
  checkSizes(root);
  const ltr = { inlineDirection: 'left-to-right', blockDirection: 'top-to-bottom' };
  const plugins = [nesting(), isPseudo(), selectorNot(), transforms(), flexGaps(), focus(), containers(), layers(), logical(ltr)];
  const flat = await postcss(plugins).process(root, { from: undefined, map: false });
  for (const warning of flat.warnings()) console.warn(String(warning));

  const version = (n) => n << 16;
  const { code } = transform({
    filename: 'yucai.css',
    code: Buffer.from(flat.css),
    minify: true,
    targets: { chrome: version(83), firefox: version(78), safari: version(14), ios_saf: version(14) },
  });

  const out = process.argv[2];
  if (!out) throw new Error('usage: node build.mjs OUTDIR');
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'yucai.css'), code);
  if (process.env.YUCAI_STYLE_DEBUG) writeFileSync(join(out, 'yucai.flat.css'), flat.css);
  console.log(`yucai.css ${code.length} bytes, ${brotliCompressSync(code).length} brotli`);
} catch (error) {
  // A CssSyntaxError carries the whole tree; its message names file and line.
  console.error(error.name === 'CssSyntaxError' ? error.message : error);
  process.exit(1);
}
