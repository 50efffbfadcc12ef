select course_id, title, course_code, org_id from base.courses where tenant_id = {tenant} and status = 'active'
