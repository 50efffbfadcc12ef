-- Today's.
select distinct section_id, user_id from base.enrollments
where tenant_id = {tenant} and role = 'student' and status = 'active' and {sections}
  and (begin_date is null or begin_date <= {today}) and (end_date is null or end_date > {today})
