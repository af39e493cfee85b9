/** Colours by what the reader's system prefers; the picture says nothing by colour alone: removed is struck through, added bold. */
export const svgStyle = `
:root{--page:#fff;--box:#fff;--head:#eef1f5;--line:#8c959f;--edge:#c3cad3;--text:#1f2328;--dim:#59636e;--key:#8250df;--added:#1a7f37;--added-band:#dafbe1;--removed:#cf222e;--removed-band:#ffebe9;--changed:#7d4e00;--changed-band:#fff8c5}
@media (prefers-color-scheme:dark){:root{--page:#0d1117;--box:#161b22;--head:#21262d;--line:#7d8590;--edge:#3d444d;--text:#e6edf3;--dim:#9198a1;--key:#d2a8ff;--added:#3fb950;--added-band:#12261e;--removed:#f85149;--removed-band:#2d1216;--changed:#d29922;--changed-band:#272115}}
.page{fill:var(--page)}
text{font:13px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace;fill:var(--text)}
.box{fill:var(--box);stroke:var(--edge)}
.head{fill:var(--head)}
.title{font-weight:700}
.key{fill:var(--key);font-size:11px}
.type{fill:var(--dim);text-anchor:end}
.detail .name{font-style:italic}
.line,.end{fill:none;stroke:var(--line);stroke-width:1.3}
.loose .line{stroke-dasharray:5 4}
.band{fill:none}
.added>.band{fill:var(--added-band)}.removed>.band{fill:var(--removed-band)}.changed>.band{fill:var(--changed-band)}
.row.added .name{fill:var(--added);font-weight:700}
.row.removed .name{fill:var(--removed);text-decoration:line-through}
.row.changed .name,.row.changed .type{fill:var(--changed)}
.table.added>.box{stroke:var(--added);stroke-width:2.5}.table.removed>.box{stroke:var(--removed);stroke-width:2.5;stroke-dasharray:7 4}.table.changed>.box{stroke:var(--changed);stroke-width:2}
.table.added>.title{fill:var(--added)}.table.removed>.title{fill:var(--removed);text-decoration:line-through}.table.changed>.title{fill:var(--changed)}
.reference.added>path{stroke:var(--added);stroke-width:2}.reference.removed>path{stroke:var(--removed);stroke-width:2}.reference.changed>path{stroke:var(--changed);stroke-width:2}
`.replace(/\n/g, '');
