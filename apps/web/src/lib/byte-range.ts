/** The bytes that a `Range` header asks for, the last one not included; `undefined` where it asks for none that are there. */
export function byteRange(header: string, size: number): { readonly from: number; readonly to: number } | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
  if (first === '' && last === '') return undefined;
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  return from < to && from < size ? { from, to } : undefined;
}
