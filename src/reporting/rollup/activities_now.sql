-- The next month of what is due.
create or replace temp table activities_now as
select * from activities_due where day < (select min(day) + 31 from activities_due);
delete from activities_due where day < (select min(day) + 31 from activities_now);
delete from opened_due;
