#!/usr/bin/env node
// The installed command. Kept apart from dist/ so that npm can link it before the first build.
import '../dist/main.js'
