#!/usr/bin/env node
// The `idlewild` command: the sources run as they are, through tsx.
import { register } from 'tsx/esm/api';

register();
await import('../src/cli/main.ts');
