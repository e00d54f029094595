import { describe, expect, test } from 'vitest';
import { COMMAND_GROUPS, commandOf, COMMANDS, isSingleKey, strokeLabel, strokeOf } from './keys.ts';
import type { KeyPress } from './keys.ts';

function press(key: string, held: Partial<KeyPress> = {}): KeyPress {
  return { key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held };
}

describe('the registry of keys', () => {
  test('gives no stroke to two commands', () => {
    const strokes = COMMANDS.flatMap(({ keys }) => keys as readonly string[]);
    expect(new Set(strokes).size).toBe(strokes.length);
  });

  test('has a key, a group and a sentence for every command', () => {
    for (const { id, keys, group, help } of COMMANDS) {
      expect(keys.length, id).toBeGreaterThan(0);
      expect(COMMAND_GROUPS).toContain(group);
      expect(help, id).toMatch(/^[A-Z][^.]*$/);
    }
    expect(new Set(COMMANDS.map(({ id }) => id)).size).toBe(COMMANDS.length);
  });

  test("keeps NetVis's three keys", () => {
    expect(commandOf(press(' '), true)).toBe('play');
    expect(commandOf(press('ArrowLeft'), true)).toBe('event-back');
    expect(commandOf(press('ArrowRight'), true)).toBe('event-forward');
  });

  test('finds a command whatever the shift state of the sign', () => {
    expect(commandOf(press('?', { shiftKey: true }), true)).toBe('help');
    expect(commandOf(press('+', { shiftKey: true }), true)).toBe('faster');
    expect(commandOf(press('ArrowRight', { shiftKey: true }), true)).toBe('hop-forward');
    expect(commandOf(press('k', { metaKey: true }), true)).toBe('commands');
    expect(commandOf(press('T', { shiftKey: true }), true)).toBeNull();
    expect(commandOf(press('t', { ctrlKey: true }), true)).toBeNull();
  });

  test('single letters and signs can be switched off (WCAG 2.1.4), the rest stays', () => {
    for (const { id, keys } of COMMANDS) {
      for (const stroke of keys as readonly string[]) {
        const isOff = isSingleKey(stroke);
        const parts = stroke.split(/\+(?=.)/u);
        const key = parts.at(-1)!;
        const held = { shiftKey: parts.includes('Shift'), ctrlKey: parts.includes('Ctrl') };
        const made = press(key === 'Space' ? ' ' : key, held);
        expect(strokeOf(made)).toBe(stroke);
        expect(commandOf(made, true)).toBe(id);
        expect(commandOf(made, false), stroke).toBe(isOff ? null : id);
      }
    }
    expect(commandOf(press(' '), false)).toBe('play');
  });

  test('shows strokes as people read them', () => {
    expect(strokeLabel('Shift+ArrowLeft')).toBe('⇧ ←');
    expect(strokeLabel('Ctrl+K')).toBe('Ctrl K');
    expect(strokeLabel('+')).toBe('+');
  });
});
