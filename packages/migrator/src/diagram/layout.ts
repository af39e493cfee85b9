import { graphlib, layout } from '@dagrejs/dagre';
import { type Box, GAP, type Layout, type Line, type Point, WANTED_ASPECT } from './boxes.js';
import { foldLayers } from './fold-layers.js';

/** Below this it is not worth looking at. */
const LEAST_ASPECT = 0.8;

/**
 * Places boxes from left to right along their lines; parts that no line joins stand beside each other. Lines from a box to
 * itself are left out. The same input gives the same layout. Pure.
 */
export function placeBoxes(boxes: readonly Box[], lines: readonly Line[]): Layout {
  const own = lines.filter(({ from, to }) => from !== to);
  const parts = connectedParts(boxes, own).map((part) => {
    const ids = new Set(part.map(({ id }) => id));
    return bestLayout(
      part,
      own.filter(({ from }) => ids.has(from)),
    );
  });
  return pack(parts);
}

function connectedParts(boxes: readonly Box[], lines: readonly Line[]): readonly (readonly Box[])[] {
  const part = new Map(boxes.map(({ id }) => [id, id]));
  const find = (id: string): string => {
    const parent = part.get(id) ?? id;
    return parent === id ? id : find(parent);
  };
  for (const { from, to } of lines) part.set(find(from), find(to));
  const groups = new Map<string, Box[]>();
  for (const box of boxes) groups.set(find(box.id), [...(groups.get(find(box.id)) ?? []), box]);
  return [...groups.values()];
}

/** A table that forty others point at would stand before a column of forty: then too full columns are folded. */
function bestLayout(boxes: readonly Box[], lines: readonly Line[]): Layout {
  const straight = layered(boxes, lines);
  if (straight.width >= straight.height * LEAST_ASPECT) return straight;
  return foldLayers(boxes, lines, straight.boxes);
}

function layered(boxes: readonly Box[], lines: readonly Line[]): Layout {
  const graph = new graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: GAP.y, ranksep: GAP.x, edgesep: 14, marginx: 0, marginy: 0 });
  // Not by their names: dagre keeps them as keys of plain objects, where `toString` is taken and numbers change the order.
  const keys = new Map(boxes.map(({ id }, index) => [id, `box${index}`]));
  const keyOf = (id: string) => keys.get(id) ?? '';
  for (const { id, width, height } of boxes) graph.setNode(keyOf(id), { width, height });
  lines.forEach(({ from, to }, index) => {
    graph.setEdge(keyOf(from), keyOf(to), {}, `line${index}`);
  });
  layout(graph);
  const middles = new Map(boxes.map(({ id }) => [id, graph.node(keyOf(id)) as Point]));
  const placed = new Map(
    boxes.map(({ id, width, height }) => {
      const { x, y } = middles.get(id) ?? { x: 0, y: 0 };
      return [id, { x: Math.round(x - width / 2), y: Math.round(y - height / 2) }];
    }),
  );
  const halfWidths = widthsOfLayers(boxes, middles);
  const between = new Map(
    lines.map(({ from, to, name }, index) => {
      const edge = graph.edge(keyOf(from), keyOf(to), `line${index}`) as { points?: readonly Point[] };
      return [name, (edge.points ?? []).slice(1, -1).flatMap((point) => alongLayer(point, halfWidths))];
    }),
  );
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return { width: Math.ceil(width), height: Math.ceil(height), boxes: placed, lines: between };
}

/** Half of the widest box of each layer, by the layer's middle. */
function widthsOfLayers(boxes: readonly Box[], middles: ReadonlyMap<string, Point>): ReadonlyMap<number, number> {
  const widths = new Map<number, number>();
  for (const { id, width } of boxes) {
    const x = Math.round(middles.get(id)?.x ?? 0);
    widths.set(x, Math.max(widths.get(x) ?? 0, width / 2));
  }
  return widths;
}

/** Where a line passes between the boxes of a layer, it runs straight until it is through. */
function alongLayer({ x, y }: Point, halfWidths: ReadonlyMap<number, number>): readonly Point[] {
  const half = halfWidths.get(Math.round(x));
  const [left, right] = [Math.round(x - (half ?? 0)), Math.round(x + (half ?? 0))];
  if (half === undefined) return [];
  return [left, right].map((at) => ({ x: at, y: Math.round(y) }));
}

/** Parts in rows, the highest first; one that is far higher than the others has a row of its own. */
function pack(parts: readonly Layout[]): Layout {
  const sorted = [...parts].sort((a, b) => b.height - a.height || b.width - a.width);
  const area = sorted.reduce((sum, { width, height }) => sum + (width + GAP.x) * (height + GAP.y), 0);
  const limit = Math.max(Math.sqrt(area * WANTED_ASPECT), ...sorted.map(({ width }) => width));
  const boxes = new Map<string, Point>();
  const lines = new Map<string, readonly Point[]>();
  let [x, y, rowHeight, width] = [0, 0, 0, 0];
  for (const part of sorted) {
    if (x > 0 && (x + part.width > limit || part.height * 2 < rowHeight))
      [x, y, rowHeight] = [0, y + rowHeight + GAP.y * 2, 0];
    const move = (point: Point) => ({ x: point.x + x, y: point.y + y });
    for (const [id, point] of part.boxes) boxes.set(id, move(point));
    for (const [name, points] of part.lines) lines.set(name, points.map(move));
    width = Math.max(width, x + part.width);
    rowHeight = Math.max(rowHeight, part.height);
    x += part.width + GAP.x / 2;
  }
  return { width, height: y + rowHeight, boxes, lines };
}
