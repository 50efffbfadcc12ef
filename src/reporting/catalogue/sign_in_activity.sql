-- Sign-in activity
-- How often people signed in on each day, and how many they were.
-- readers: administrator
-- made from: rollups
-- takes: from day optional Four weeks ago unless said.
-- takes: until day optional Today unless said.
-- small groups: people
-- gives: day day In the institution's zone.
-- gives: sign_ins integer
-- gives: people integer
select d.day, d.sign_ins, d.people from sign_in_day d, moment m
where d.day between coalesce($from, m.today - 27) and coalesce($until, m.today)
order by d.day
