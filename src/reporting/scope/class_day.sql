-- `active` is a mask of who handed in: lay it over others of its block with bit_or, and count with bit_count.
select section_id, day, block, submissions, late, active from rollup.class_day where tenant_id = {tenant} and {sections}
