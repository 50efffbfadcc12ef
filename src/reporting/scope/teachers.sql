-- Today's.
select distinct e.section_id, e.user_id from base.enrollments e join rollup.zones z using (tenant_id)
where e.tenant_id = {tenant} and e.role = 'teacher' and e.status = 'active' and {sections}
  and (e.begin_date is null or e.begin_date <= cast(timezone(z.zone, {as_of}) as date))
  and (e.end_date is null or e.end_date > cast(timezone(z.zone, {as_of}) as date))
