select section_id, title, class_code, course_id, school_org_id from base.sections
where tenant_id = {tenant} and status = 'active' and {sections}
