-- Who of the institution opened anything on a day, 64 people a row, and how much that was.
select day, block, active, activities from rollup.people_day where tenant_id = {tenant} and {whole}
