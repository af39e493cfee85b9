#!/usr/bin/env node
require('../dist/cli/migrator.cjs');
