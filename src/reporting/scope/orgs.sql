select org_id, name, type, parent_org_id from base.orgs where tenant_id = {tenant} and status = 'active'
