-- The rollups, and what is to be made anew in them.
create schema rollup;
create schema work;

-- A seat is a student's bit in a class's masks: block and place in it. Kept for as long as the student has anything to do
-- with the class, so that masks of different days can be laid over each other. What somebody opened counts while they have an
-- enrollment as a student, ended or not.
create table rollup.seats (
    tenant_id uuid not null, section_id uuid not null, user_id uuid not null, ordinal integer not null, is_student boolean not null);

-- A class's day, in the institution's zone; one row for each 64 seats in which something happened.
create table rollup.class_day (
    tenant_id uuid not null, section_id uuid not null, day date not null, block integer not null,
    submissions bigint not null, late bigint not null,
    active ubigint not null); -- who handed in

-- An assignment in its class; one row for each 64 seats. Points are counted in ten-thousandths of what could be had.
create table rollup.class_assignment (
    tenant_id uuid not null, section_id uuid not null, assignment_id uuid not null, block integer not null,
    enrolled ubigint not null,  -- on the day it was due
    submitted ubigint not null, on_time ubigint not null, graded ubigint not null,
    submissions bigint not null,
    share_sum bigint not null, share_squares bigint not null,
    h0 bigint not null, h1 bigint not null, h2 bigint not null, h3 bigint not null, h4 bigint not null,
    h5 bigint not null, h6 bigint not null, h7 bigint not null, h8 bigint not null, h9 bigint not null,
    h10 bigint not null, h11 bigint not null, h12 bigint not null, h13 bigint not null, h14 bigint not null,
    h15 bigint not null, h16 bigint not null, h17 bigint not null, h18 bigint not null, h19 bigint not null);

-- What students opened of a class on a day; one row for each 64 seats.
create table rollup.activity_day (
    tenant_id uuid not null, section_id uuid not null, day date not null, block integer not null,
    opened ubigint not null, -- who
    sections bigint not null, assignments bigint not null, grades bigint not null,
    materials bigint not null, files bigint not null, announcements bigint not null);

-- Whoever opened anything has a place among the institution's people, as a student has a seat; nobody gets another's.
create table rollup.people (tenant_id uuid not null, user_id uuid not null, ordinal integer not null);
create table rollup.people_day (
    tenant_id uuid not null, day date not null, block integer not null, active ubigint not null, activities bigint not null);

create table rollup.sign_in_day (
    tenant_id uuid not null, day date not null, sign_ins bigint not null, people bigint not null);

-- By which zone the days were made.
create table rollup.zones (tenant_id uuid not null, zone varchar not null);

create table work.dirty_tenants (tenant_id uuid not null);
create table work.dirty_times (tenant_id uuid not null, moment timestamptz not null);
create table work.dirty_activities (tenant_id uuid not null, section_id uuid, quarter bigint not null);
create table work.dirty_assignments (tenant_id uuid not null, assignment_id uuid not null);
create table work.dirty_sections (tenant_id uuid not null, section_id uuid not null);
