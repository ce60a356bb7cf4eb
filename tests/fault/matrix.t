#!/usr/bin/env bash
# Every call times every fault: see matrix, and docs/faults.md.
exec "$(dirname "$0")/matrix"
