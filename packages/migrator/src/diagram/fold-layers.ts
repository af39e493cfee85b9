import { type Box, GAP, type Layout, type Line, type Point, WANTED_ASPECT } from './boxes.js';

/** Columns that one may be folded into. */
const MOST_COLUMNS = 8;

/** How near a line may come to a box, and to another line. */
const CLEAR = 10;
const BESIDE = 5;

interface Place extends Point {
  readonly box: Box;
}

/**
 * Folds the layers of a layout that are too high into several columns each, with boxes in rows, and leads the lines between the
 * boxes. Of all numbers of columns the one is taken that gives a picture of the wanted shape. Pure.
 */
export function foldLayers(boxes: readonly Box[], lines: readonly Line[], placed: ReadonlyMap<string, Point>): Layout {
  const layers = layersOf(boxes, placed);
  const highest = Math.max(...layers.map(heightOf));
  const options = Array.from({ length: MOST_COLUMNS }, (_, index) => arrange(layers, highest / (index + 1)));
  const distance = ({ width, height }: Arranged) => Math.abs(Math.log(width / height / WANTED_ASPECT));
  const best = options.reduce((a, b) => (distance(b) < distance(a) ? b : a));
  return addLines(best, lines);
}

/** From left to right, each from top to bottom. */
function layersOf(boxes: readonly Box[], placed: ReadonlyMap<string, Point>): readonly (readonly Box[])[] {
  const layers = new Map<number, Box[]>();
  const at = (id: string) => placed.get(id) ?? { x: 0, y: 0 };
  for (const box of boxes) {
    // Boxes of a layer share their middle; it may be off by a rounding.
    const middle = at(box.id).x + box.width / 2;
    const known = [...layers.keys()].find((other) => Math.abs(other - middle) < 5) ?? middle;
    layers.set(known, [...(layers.get(known) ?? []), box]);
  }
  return [...layers].sort(([a], [b]) => a - b).map(([, layer]) => layer.sort((a, b) => at(a.id).y - at(b.id).y));
}

function heightOf(layer: readonly Box[]): number {
  return layer.reduce((sum, { height }) => sum + height + GAP.y, 0);
}

interface Arranged {
  readonly places: readonly Place[];
  readonly width: number;
  readonly height: number;
}

function arrange(layers: readonly (readonly Box[])[], limit: number): Arranged {
  let x = 0;
  const grids = layers.map((layer) => {
    const columns = Math.max(1, Math.round(heightOf(layer) / limit));
    const rows = Array.from({ length: Math.ceil(layer.length / columns) }, (_, row) =>
      layer.slice(row * columns, (row + 1) * columns),
    );
    const widths = Array.from({ length: columns }, (_, column) =>
      Math.max(...rows.map((row) => row[column]?.width ?? 0)),
    );
    const lefts = widths.map((_, column) => x + widths.slice(0, column).reduce((sum, width) => sum + width + GAP.x, 0));
    x = (lefts.at(-1) ?? x) + (widths.at(-1) ?? 0) + GAP.x;
    let y = 0;
    const places = rows.flatMap((row) => {
      const top = y;
      y += Math.max(...row.map(({ height }) => height)) + GAP.y;
      return row.map((box, column): Place => ({ box, x: lefts[column] ?? 0, y: top }));
    });
    return { places, height: y - GAP.y };
  });
  const height = Math.max(...grids.map((grid) => grid.height));
  const centred = grids.flatMap((grid) => {
    const down = Math.round((height - grid.height) / 2);
    return grid.places.map((place) => ({ ...place, y: place.y + down }));
  });
  return { places: centred, width: x - GAP.x, height };
}

/** A line that has columns in between passes them where no box is; if there is no such place, above or below all of them. */
function addLines({ places, width, height }: Arranged, lines: readonly Line[]): Layout {
  const byId = new Map(places.map((place) => [place.box.id, place]));
  const used = new Map<number, number>();
  let [top, bottom] = [0, height];
  const ways = lines.map(({ from, to, name }): [string, readonly Point[]] => {
    const ends = [byId.get(from), byId.get(to)].sort((a, b) => (a?.x ?? 0) - (b?.x ?? 0));
    const [first, second] = ends;
    if (!first || !second) return [name, []];
    const [left, right] = [first.x + first.box.width + GAP.x / 2, second.x - GAP.x / 2];
    const between = places.filter(({ x, box }) => x < right && x + box.width > left);
    if (between.length === 0) return [name, []];
    const y = passage(between, (first.y + second.y) / 2);
    const count = used.get(y) ?? 0;
    used.set(y, count + 1);
    // Lines that pass at one height run beside each other, as far as there is space.
    const at = y + ((count % 3) - 1) * BESIDE;
    [top, bottom] = [Math.min(top, at), Math.max(bottom, at)];
    return [
      name,
      [
        { x: left, y: at },
        { x: right, y: at },
      ],
    ];
  });
  const down = -Math.floor(top);
  const move = ({ x, y }: Point) => ({ x, y: y + down });
  return {
    width,
    height: Math.ceil(bottom) + down,
    boxes: new Map(places.map(({ box, x, y }) => [box.id, move({ x, y })])),
    lines: new Map(ways.map(([name, points]) => [name, points.map(move)])),
  };
}

/** The height next to the wanted one at which nothing stands. */
function passage(places: readonly Place[], wanted: number): number {
  const blocked = places.map(({ y, box }) => [y - CLEAR, y + box.height + CLEAR] as const);
  const free = blocked.flat().filter((y) => !blocked.some(([from, to]) => y > from && y < to));
  return free.reduce((best, y) => (Math.abs(y - wanted) < Math.abs(best - wanted) ? y : best), free[0] ?? wanted);
}
