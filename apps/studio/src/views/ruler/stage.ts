// What every part of the ruler draws with.
import type { Palette } from '../../render/palette.ts';
import type { Renderer } from '../../render/renderer.ts';
import type { Places } from './places.ts';
import type { RulerScene } from './scene.ts';

export interface Stage {
  readonly renderer: Renderer;
  readonly palette: Palette;
  readonly scene: RulerScene;
  readonly places: Places;
}
