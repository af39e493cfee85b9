import type { Address } from './attachments.js';
import { OWN_SEQUENCES } from './own-sequence.js';

/** One object needs another. What is no object of the catalog stands for the one it is part of. */
export interface DependencyRow extends Address {
  readonly ref_catalog: string;
  readonly ref_oid: string;
  readonly ref_sub: number;
}

/** The parts of an object that pg_depend knows by themselves: class, oid, number of a column → the object. First one that fits. */
const PART_OF = `
  left join pg_depend e on e.classid = p.class and e.objid = p.oid and e.deptype = 'e'
  left join pg_attrdef d on p.class = 'pg_attrdef'::regclass and d.oid = p.oid
  left join pg_rewrite w on p.class = 'pg_rewrite'::regclass and w.oid = p.oid and w.rulename = '_RETURN'
  left join pg_class c on p.class = 'pg_class'::regclass and c.oid = p.oid
  left join pg_constraint ck on ck.conindid = c.oid and c.relkind in ('i', 'I') and ck.contype in ('p', 'u', 'x')
  left join own on own.seqid = c.oid
  left join pg_constraint k on p.class = 'pg_constraint'::regclass and k.oid = p.oid
  left join pg_type t on p.class = 'pg_type'::regclass and t.oid = p.oid
  left join pg_type b on b.oid = case when t.typcategory = 'A' then t.typelem else t.oid end
  left join pg_range m on m.rngmultitypid = b.oid
  left join pg_class bc on bc.oid = b.typrelid and bc.relkind <> 'c'
  left join pg_publication_rel pr on p.class = 'pg_publication_rel'::regclass and pr.oid = p.oid
  cross join lateral (select * from (values
    (e.refobjid is not null, 'pg_extension', e.refobjid, 0),
    (d.oid is not null, 'pg_class', d.adrelid, d.adnum::int),
    (w.oid is not null, 'pg_class', w.ev_class, 0),
    (c.relkind = 'c', 'pg_type', c.reltype, 0),
    (ck.oid is not null, 'pg_constraint', ck.oid, 0),
    (own.seqid is not null, 'pg_class', own.relid, own.attnum),
    (k.contypid <> 0, 'pg_type', k.contypid, 0),
    (k.contype = 'n', 'pg_class', k.conrelid, k.conkey[1]::int),
    (bc.oid is not null, 'pg_class', bc.oid, 0),
    (b.oid is not null, 'pg_type', coalesce(m.rngtypid, b.oid), 0),
    (pr.oid is not null, 'pg_publication', pr.prpubid, 0),
    (true, p.class::text, p.oid, p.sub)) v (fits, catalog, oid, sub) where fits limit 1) whole`;

export const DEPENDENCIES = `
  with own as materialized (${OWN_SEQUENCES}),
  raw as materialized (select classid, objid, objsubid, refclassid, refobjid, refobjsubid from pg_depend where deptype in ('n', 'a', 'i', 'P', 'S') and objid >= 16384 and refobjid >= 16384),
  parts as (select classid::regclass as class, objid as oid, objsubid as sub from raw union select refclassid::regclass, refobjid, refobjsubid from raw),
  wholes as materialized (select p.class, p.oid as part, p.sub as part_sub, whole.catalog, whole.oid, whole.sub from parts p ${PART_OF})
  select distinct a.catalog, a.oid, a.sub, b.catalog as ref_catalog, b.oid as ref_oid, b.sub as ref_sub
  from raw
    join wholes a on a.class = raw.classid and a.part = raw.objid and a.part_sub = raw.objsubid
    join wholes b on b.class = raw.refclassid and b.part = raw.refobjid and b.part_sub = raw.refobjsubid`;
