// The layer table is enforced: biome.json says what tests/house/layers.ts says, and Biome refuses
// one illegal import per rule while it accepts every legal one.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { homes, layerOverrides, layers } from './layers.ts';

const root = path.resolve(import.meta.dirname, '../..');

function fixtures() {
  const illegal: Record<string, string> = {};
  const legal: Record<string, string> = {};
  for (const [area, allowed] of Object.entries(layers)) {
    illegal[`src/${area}/parent.ts`] = "import '../main.ts';\n";
    for (const other of Object.keys(layers)) {
      const into = allowed.includes(other) ? legal : illegal;
      into[`src/${area}/${other}.ts`] = `import '#${other}/secret.ts';\n`;
    }
    for (const file of allowed.filter((name) => name.includes('/'))) {
      legal[`src/${area}/door-${path.basename(file)}`] = `import '#${file}';\n`;
    }
    for (const [name, areas] of Object.entries(homes)) {
      const into = areas.includes(area) ? legal : illegal;
      into[`src/${area}/package-${name.replace(/\W/g, '-')}.ts`] = `import '${name}';\n`;
    }
    legal[`src/${area}/own.ts`] = "import './parent.ts';\nimport '#sha256';\n";
  }
  return { illegal, legal };
}

test('biome.json holds the table', async () => {
  const config = JSON.parse(await readFile(path.join(root, 'biome.json'), 'utf8'));
  const held = config.overrides.filter((entry: { includes: string[] }) =>
    entry.includes[0].startsWith('src/'),
  );
  expect(held, 'write layerOverrides() into biome.json').toEqual(layerOverrides());
});

test('Biome refuses every illegal import and no legal one', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'idlewild-layers-'));
  try {
    const { illegal, legal } = fixtures();
    const config = { linter: { rules: { preset: 'none' } }, overrides: layerOverrides() };
    await writeFile(path.join(folder, 'biome.json'), JSON.stringify(config));
    for (const [file, text] of Object.entries({ ...illegal, ...legal })) {
      await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
      await writeFile(path.join(folder, file), text);
    }
    const biome = path.join(root, 'node_modules/.bin/biome');
    const args = ['lint', '--reporter=json', '--max-diagnostics=none', '.'];
    const { stdout } = await promisify(execFile)(biome, args, {
      cwd: folder,
      maxBuffer: 1 << 26,
    }).catch((error: { stdout: string }) => error);
    const report = JSON.parse(stdout) as { diagnostics: { location: { path: unknown } }[] };
    const refused = new Set(
      report.diagnostics.map((diagnostic) => {
        const { path: where } = diagnostic.location as { path: string | { file: string } };
        return (typeof where === 'string' ? where : where.file).replace(/^\.\//, '');
      }),
    );
    expect([...refused].sort()).toEqual(Object.keys(illegal).sort());
  } finally {
    await rm(folder, { recursive: true });
  }
});
