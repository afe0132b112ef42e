import { LayerExtension, project } from '@deck.gl/core'
import type { Layer } from '@deck.gl/core'
import type { Texture } from '@luma.gl/core'

/** Width of the texture that holds a texel a cell; 4,096 rows of it are a million cells. */
export const ROW = 256

const block = /* glsl */ `\
layout(std140) uniform paintUniforms {
  vec2 origin;
  float period;
  float fade;
} paint;
`

const vs = /* glsl */ `
${block}
uniform sampler2D paint_states;
uniform sampler2D paint_palette;
in float cellIndexes;
out vec2 paint_uv;
flat out vec4 paint_base;
flat out vec4 paint_mark;
flat out vec4 paint_oldBase;
flat out vec4 paint_oldMark;
flat out float paint_veiled;
`

const fs = /* glsl */ `
${block}
in vec2 paint_uv;
flat in vec4 paint_base;
flat in vec4 paint_mark;
flat in vec4 paint_oldBase;
flat in vec4 paint_oldMark;
flat in float paint_veiled;
uniform sampler2D paint_palette;

float paint_line(float at, float half_width) {
  float distance = abs(fract(at) - 0.5) - half_width;
  float soft = max(fwidth(at), 1.0e-6);
  return 1.0 - smoothstep(-0.5 * soft, 0.5 * soft, distance);
}

vec3 paint_fill(vec4 base, vec4 mark) {
  float kind = floor(base.a * 255.0 + 0.5);
  float cover = 0.0;
  if (kind == 1.0) {
    vec2 at = fract(paint_uv * 1.15) - 0.5;
    float soft = max(fwidth(paint_uv.x) * 1.15, 1.0e-6);
    cover = 1.0 - smoothstep(0.2 - soft, 0.2 + soft * 0.5, length(at));
  } else if (kind == 2.0) {
    cover = paint_line(paint_uv.x + paint_uv.y, 0.17);
  } else if (kind == 3.0) {
    cover = paint_line((paint_uv.x - paint_uv.y) * 0.8, 0.23);
  }
  return mix(base.rgb, mark.rgb, cover * mark.a);
}

// What was known last shows through a net, too pale to be taken for now.
vec3 paint_veil(vec3 known) {
  vec4 ground = texelFetch(paint_palette, ivec2(14, 0), 0);
  vec4 net = texelFetch(paint_palette, ivec2(14, 1), 0);
  vec3 pale = mix(known, vec3(dot(known, vec3(0.299, 0.587, 0.114))), 0.6);
  vec2 at = paint_uv * 0.55;
  float cover = max(paint_line(at.x + at.y, 0.07), paint_line(at.x - at.y, 0.07));
  return mix(mix(pale, ground.rgb, ground.a), net.rgb, cover * net.a);
}
`

const inject = {
  'vs:#main-end': /* glsl */ `
    int paint_cell = int(cellIndexes + 0.5);
    vec4 paint_state = texelFetch(paint_states, ivec2(paint_cell % ${ROW}, paint_cell / ${ROW}), 0);
    int paint_now = int(paint_state.r * 255.0 + 0.5);
    int paint_was = int(paint_state.g * 255.0 + 0.5);
    paint_base = texelFetch(paint_palette, ivec2(paint_now, 0), 0);
    paint_mark = texelFetch(paint_palette, ivec2(paint_now, 1), 0);
    paint_oldBase = texelFetch(paint_palette, ivec2(paint_was, 0), 0);
    paint_oldMark = texelFetch(paint_palette, ivec2(paint_was, 1), 0);
    paint_veiled = paint_state.b;
    paint_uv = (paint.origin + geometry.position.xy) / paint.period;
    // Rank 14: outside of what this wall has asked for.
    vColor.a *= paint_now == 14 ? 0.0 : 1.0;
  `,
  'fs:DECKGL_FILTER_COLOR': /* glsl */ `
    color.rgb = mix(paint_fill(paint_oldBase, paint_oldMark), paint_fill(paint_base, paint_mark), paint.fade);
    if (paint_veiled > 0.5) color.rgb = paint_veil(color.rgb);
  `,
}

interface PaintUniforms {
  readonly project: unknown
  readonly states: Texture
  readonly palette: Texture
  readonly period: number
  readonly fade: number
}

const shader = {
  name: 'paint',
  dependencies: [project],
  vs,
  fs,
  inject,
  uniformTypes: { origin: 'vec2<f32>', period: 'f32', fade: 'f32' } as const,
  getUniforms: (given?: Partial<PaintUniforms>): Record<string, unknown> => {
    if (given?.project === undefined || given.period === undefined) return {}
    const { commonOrigin } = project.getUniforms(given.project as never) as { commonOrigin: number[] }
    // Vertex positions are relative to an origin that follows the camera: whole periods off it leave the pattern where it is,
    // and keep the sum within single precision. 20 periods, since patterns repeat every 1, 1/1.15, 1/0.8 and 1/0.55 of one.
    const whole = given.period * 20
    return {
      origin: [(commonOrigin[0] ?? 0) % whole, (commonOrigin[1] ?? 0) % whole],
      period: given.period,
      fade: given.fade,
      paint_states: given.states,
      paint_palette: given.palette,
    }
  },
}

/** Props that {@link LevelExtension} adds to a layer of polygons. */
export interface LevelProps<Row> {
  /** Index of the texel in `states` of a row. */
  readonly getCell: (row: Row) => number
  /** A texel a cell: rank now, rank before, 255 under the veil. */
  readonly states: Texture
  /**
   * 16 by 2 texels: per rank its colour with the kind of pattern as alpha, then the colour and strength of the pattern. At
   * rank 14, which is never seen, ground and net of the veil with their strengths.
   */
  readonly palette: Texture
  /** Size of one repeat of a pattern, in pixels of the page at the zoom `zoom`. */
  readonly period: number
  readonly zoom: number
  /** 0: ranks before; 1: ranks now. */
  readonly fade: number
}

/**
 * Paints polygons by rank, from a texture of one texel a cell: a tick rewrites some kilobytes of that texture, and no vertex
 * is touched again. Patterns are worked out per pixel, so they are sharp at any size of wall.
 */
export class LevelExtension extends LayerExtension {
  static override extensionName = 'LevelExtension'
  static override defaultProps = {
    getCell: { type: 'accessor', value: 0 },
    states: { type: 'object', value: null },
    palette: { type: 'object', value: null },
    period: 7,
    zoom: 0,
    fade: 1,
  }

  override getShaders(): { modules: (typeof shader)[] } {
    return { modules: [shader] }
  }

  override initializeState(this: Layer): void {
    this.getAttributeManager()?.add({
      cellIndexes: { size: 1, stepMode: 'dynamic', accessor: 'getCell' },
    })
  }

  override draw(this: Layer<LevelProps<unknown>>, params: { shaderModuleProps: { project: unknown } }): void {
    const { states, palette, period, zoom, fade } = this.props
    this.setShaderModuleProps({
      paint: {
        project: params.shaderModuleProps.project,
        states,
        palette,
        period: period * 2 ** -zoom,
        fade,
      },
    })
  }
}
