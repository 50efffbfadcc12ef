with {standing}, due as (
    select s.school_org_id, d.* from standing d join sections s on s.tenant_id = :tenant and s.section_id = d.section_id and s.status = 'active'
    where class_due <= :as_of and (class_due at time zone :zone)::date between coalesce(:from, :today - 27) and coalesce(:until, :today)
)
select o.org_id, o.name, (select count(*) from sections s where s.tenant_id = :tenant and s.school_org_id = o.org_id and s.status = 'active'),
       (select count(distinct p.user_id) from present p join sections s on s.tenant_id = :tenant and s.section_id = p.section_id
        where s.school_org_id = o.org_id and s.status = 'active'),
       count(d.user_id) filter (where enrolled), 100.0::float8 * count(*) filter (where enrolled and came) / nullif(count(*) filter (where enrolled), 0),
       100.0::float8 * count(*) filter (where enrolled and came_in_time) / nullif(count(*) filter (where enrolled), 0),
       100.0::float8 * count(*) filter (where missing) / nullif(count(*) filter (where enrolled), 0), avg(share / 100.0)::float8
from orgs o left join due d on d.school_org_id = o.org_id
where o.tenant_id = :tenant and o.status = 'active'
  and exists (select from sections s where s.tenant_id = :tenant and s.school_org_id = o.org_id and s.status = 'active')
group by o.org_id, o.name order by o.name collate "C", o.org_id
