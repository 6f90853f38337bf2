#!/usr/bin/env node
// Stands in for a native compiler, which forge would download: the two things that forge asks of
// one, answered by solc-js from npm. Forge hands over every source, so nothing is looked up here.
import { readFileSync } from 'node:fs';
import solc from 'solc';

const asked = process.argv.includes('--version')
  ? `Version: ${solc.version()}\n`
  : solc.compile(readFileSync(0, 'utf8'));
process.stdout.write(asked);
