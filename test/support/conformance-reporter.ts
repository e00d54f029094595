// At the end of a run of all tests: have those that the support tables name run, and passed?
//
// A test that exists may still not run: it was skipped, its file was left out, its group was empty. So the
// tables are compared with what has happened. A run of some tests only says nothing about the others.
import { relative } from 'node:path';
import type { Plugin } from 'vitest/config';
import type { Reporter, TestCase, TestModule, TestSpecification, Vitest } from 'vitest/node';
import { readRules, textOf } from './conformance-table.ts';
import type { Rule } from './conformance-table.ts';
import { isRunOf } from './conformance-titles.ts';

/** A test that ran, or should have. */
export interface RunTest {
  readonly file: string;
  readonly titles: readonly string[];
  readonly hasPassed: boolean;
}

/** The project that all tests of the tables belong to. */
const PROJECT = 'unit';

/** Tests that a table names and that did not all run and pass, each with the rules that need it. */
export function unshown(rules: readonly Rule[], tests: readonly RunTest[]): string[] {
  const needs = new Map<string, string[]>();
  for (const { id, tests: names } of rules) {
    for (const name of names) {
      const runs = tests.filter((test) => test.file === name.file && isRunOf(name, test.titles));
      if (runs.length > 0 && runs.every(({ hasPassed }) => hasPassed)) continue;
      const text = textOf(name);
      needs.set(text, [...(needs.get(text) ?? []), id]);
    }
  }
  return [...needs].map(([text, ids]) => `${text} (${ids.join(', ')})`);
}

/** Compares the support tables with the tests of a whole run, and fails it where one is missing. */
class ConformanceReporter implements Reporter {
  #vitest: Vitest | null = null;
  #isWhole = false;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  async onTestRunStart(specifications: readonly TestSpecification[]): Promise<void> {
    const vitest = this.#vitest!;
    const chosen = new Set(specifications.map(({ moduleId }) => moduleId));
    const all = await vitest.globTestSpecifications();
    this.#isWhole =
      vitest.config.testNamePattern === undefined &&
      vitest.projects.some(({ name }) => name === PROJECT) &&
      all.every(({ moduleId }) => chosen.has(moduleId));
  }

  onTestRunEnd(modules: readonly TestModule[], _errors: unknown, reason: string): void {
    const { logger, config } = this.#vitest!;
    if (!this.#isWhole || reason === 'interrupted') {
      logger.log('Support tables: not compared with the tests, because not all of them ran.\n');
      return;
    }
    const rules = readRules();
    const tests = modules.flatMap((module) =>
      Array.from(module.children.allTests(), (test) => runOf(config.root, test)),
    );
    const missing = unshown(rules, tests);
    if (missing.length === 0) {
      logger.log(`Support tables: every test that the ${rules.length} rules name has passed.\n`);
      return;
    }
    logger.error('Support tables: these tests did not run, or did not pass:');
    for (const text of missing) logger.error(`  ${text}`);
    process.exitCode = 1;
  }
}

/** Adds the reporter to whichever reporters a run has, also those of a command line. */
export function conformance(): Plugin {
  return {
    name: 'conformance',
    configureVitest({ vitest }) {
      const { reporters } = vitest.config;
      // Each project brings the plugin along.
      if (!reporters.some((reporter) => reporter instanceof ConformanceReporter))
        reporters.push(new ConformanceReporter());
    },
  };
}

function runOf(root: string, test: TestCase): RunTest {
  const titles = [test.name];
  for (let at = test.parent; at.type === 'suite'; at = at.parent) titles.unshift(at.name);
  return {
    file: relative(root, test.module.moduleId).replaceAll('\\', '/'),
    titles,
    hasPassed: test.result().state === 'passed',
  };
}
