#!/usr/bin/env node
import '../dist/cli/migrator.js';
