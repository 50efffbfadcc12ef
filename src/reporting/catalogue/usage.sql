-- Usage
-- What the institution asked of the platform, day by day.
-- readers: administrator
-- made from: rows
-- takes: from day optional Four weeks ago unless said.
-- takes: until day optional Today unless said.
-- gives: day day In the institution's zone.
-- gives: sign_ins integer Passwords, renewals, and by other providers.
-- gives: pages_read integer
-- gives: submissions integer
-- gives: busiest_minute integer Pages read in the day's busiest minute.
select l.day, l.sign_ins, l.pages_read, l.submissions, l.busiest_minute from load_day l, moment m
where l.day between coalesce($from, m.today - 27) and coalesce($until, m.today)
order by l.day
