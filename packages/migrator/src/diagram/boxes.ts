export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A box with its size, in pixels. */
export interface Box {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

/** A line between two boxes; `name` tells those between the same two apart. */
export interface Line {
  readonly from: string;
  readonly to: string;
  readonly name: string;
}

/** Where things stand: left upper corners, and the points that lines pass between their ends. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<string, Point>;
  /** By `name`. */
  readonly lines: ReadonlyMap<string, readonly Point[]>;
}

export const GAP = { x: 90, y: 28 };

/** A page is wider than it is high. */
export const WANTED_ASPECT = 1.5;
