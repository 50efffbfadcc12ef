-- A section's page: its materials, in their order, and its announcements.

-- name: lock_section
-- $1 section. Who changes the order of its materials waits for whoever does so already.
select s.section_id from sections s where s.section_id = $1 for no key update

-- name: materials_of
-- $1 section, $2 all of them, or what students see, $3 now.
select m.material_id, m.section_id, m.kind, m.title, m.text, m.upload_id, m.url, m.published, m.visible_from, m.version, m.created_at,
       m.changed_at, u.name, u.media_type, u.size, coalesce(u.state <> 'complete' or u.withheld, false)
from materials m left join uploads u on u.upload_id = m.upload_id
where m.section_id = $1 and ($2 or (m.published and (m.visible_from is null or m.visible_from <= $3)))
order by m.place, m.material_id

-- name: get_material
-- $1 material.
select m.material_id, m.section_id, m.kind, m.title, m.text, m.upload_id, m.url, m.published, m.visible_from, m.version, m.created_at,
       m.changed_at, u.name, u.media_type, u.size, coalesce(u.state <> 'complete' or u.withheld, false)
from materials m left join uploads u on u.upload_id = m.upload_id
where m.material_id = $1

-- name: add_material
-- $1 id, $2 section, $3 kind, $4 title, $5 text, $6 upload or $7 URL, $8 published, $9 visible from, $10 who, $11 now, $12 how many a
-- section may have. At the end. No row: it has as many.
insert into materials (material_id, section_id, place, kind, title, text, upload_id, url, published, visible_from, made_by, created_at, changed_at)
select $1, s.section_id, h.last + 1, case $3 when 'file' then 'file' when 'video' then 'video' else 'link' end, $4, $5,
       case when $7::text is null then $6::uuid end, $7, $8, $9, $10, $11, $11
from sections s
cross join lateral (select coalesce(max(m.place), 0) as last, count(*) as many from materials m where m.section_id = s.section_id) h
where s.section_id = $2 and h.many < $12
returning material_id

-- name: change_material
-- $1 id, $2 the version seen, $3 title, $4 text, $5 upload or $6 URL, $7 published, $8 visible from, $9 now. No row: it has another version.
update materials set title = $3, text = $4, upload_id = case when $6::text is null then $5::uuid end, url = $6, published = $7, visible_from = $8, changed_at = $9, version = version + 1
where material_id = $1 and version = $2
returning version

-- name: put_in_order
-- $1 the section's materials in their order.
update materials m set place = o.place from unnest($1::uuid[]) with ordinality as o (material_id, place)
where m.material_id = o.material_id and m.place <> o.place

-- name: remove_material
-- $1 id, $2 the version seen. No row: it has another version.
delete from materials where material_id = $1 and version = $2 returning material_id

-- name: upload_is_used
-- $1 upload: does it stand on a page, or was it handed in?
select exists (select from materials m where m.upload_id = $1) or exists (select from submission_files f where f.upload_id = $1)

-- name: remove_materials_of
-- $1 whose uploads.
delete from materials where upload_id in (select u.upload_id from uploads u where u.owner_id = $1)

-- name: add_announcement
-- $1 id, $2 section, $3 title, $4 text, $5 who, $6 now.
insert into announcements (announcement_id, section_id, title, text, made_by, created_at, changed_at)
select $1, s.section_id, $3, $4, $5, $6, $6 from sections s where s.section_id = $2

-- name: get_announcement
-- $1 announcement.
select a.announcement_id, a.section_id, a.title, a.text, a.version, a.created_at, a.changed_at
from announcements a where a.announcement_id = $1

-- name: list_announcements
-- $1 section, $2 and $3 the position to go on before, $4 limit. The newest first.
select a.announcement_id, a.section_id, a.title, a.text, a.version, a.created_at, a.changed_at
from announcements a where a.section_id = $1 and (a.created_at, a.announcement_id) < ($2, $3)
order by a.created_at desc, a.announcement_id desc limit $4

-- name: change_announcement
-- $1 id, $2 the version seen, $3 title, $4 text, $5 now. No row: it has another version.
update announcements set title = $3, text = $4, changed_at = $5, version = version + 1 where announcement_id = $1 and version = $2
returning version

-- name: withdraw_announcement
-- $1 id, $2 the version seen. No row: it has another version.
delete from announcements where announcement_id = $1 and version = $2 returning announcement_id
