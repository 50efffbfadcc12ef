-- One row: when the report is about. A day is one in the institution's zone.
select {as_of} as as_of, cast(timezone(z.zone, {as_of}) as date) as today, z.zone
from rollup.zones z where z.tenant_id = {tenant}
