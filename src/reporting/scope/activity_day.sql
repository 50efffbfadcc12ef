-- What students opened of a class on a day, 64 seats a row; `opened` is a mask of who, as `active` of class_day.
select section_id, day, block, opened, sections, assignments, grades, materials, files, announcements
from rollup.activity_day where tenant_id = {tenant} and {sections}
